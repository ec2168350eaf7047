// One request to an MCP server over its streamable HTTP transport: a session is begun, the request made, the session ended.
// Answers come as JSON or as server-sent events; both are read whole, within bounds of size and time.
import type { Egress, EgressAnswer } from '../../../platform/egress/index.ts';

export type McpServer = {
  egress: Pick<Egress, 'fetch'>;
  url: string;
  headers: Record<string, string>;
  timeoutMs: number;
};
type Message = { id?: unknown; result?: unknown; error?: { code?: number; message?: string } };

const PROTOCOL = '2025-06-18';
const ANSWER_MAX_BYTES = 2_097_152;

/** Makes a request and answers its result; throws what the server or the way to it says. */
export async function callMcp(
  server: McpServer,
  request: { method: string; params: object },
  signal: AbortSignal,
): Promise<unknown> {
  const hello = await post(server, signal, {
    headers: {},
    message: {
      ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
      params: {
        protocolVersion: PROTOCOL,
        capabilities: {},
        clientInfo: { name: 'insula', version: '1' },
      },
    },
  });
  const begun = resultOf(hello, 1) as { protocolVersion?: unknown };
  const session = hello.headers['mcp-session-id'];
  const headers = {
    'mcp-protocol-version': typeof begun.protocolVersion === 'string' ? begun.protocolVersion : PROTOCOL,
    ...(typeof session === 'string' ? { 'mcp-session-id': session } : {}),
  };
  try {
    await post(server, signal, { headers, message: { jsonrpc: '2.0', method: 'notifications/initialized' } });
    const answer = await post(server, signal, { headers, message: { jsonrpc: '2.0', id: 2, ...request } });
    return resultOf(answer, 2);
  } finally {
    if (typeof session === 'string') endSession(server, headers);
  }
}

async function post(
  { egress, url, headers, timeoutMs }: McpServer,
  signal: AbortSignal,
  sent: { headers: Record<string, string>; message: object },
): Promise<EgressAnswer> {
  const answer = await egress.fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
      ...sent.headers,
    },
    body: JSON.stringify(sent.message),
    maxBytes: ANSWER_MAX_BYTES,
    maxRedirects: 0,
    timeoutMs,
    signal,
  });
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new Error(`The MCP server answered ${answer.status}: ${answer.body.toString('utf8').slice(0, 500)}`);
}

/** Told so that the server can forget the session; whether it hears changes nothing. */
function endSession({ egress, url, headers }: McpServer, own: Record<string, string>): void {
  const request = { method: 'DELETE' as const, headers: { ...headers, ...own }, timeoutMs: 5_000 };
  egress.fetch(url, { ...request, maxRedirects: 0 }).catch(() => {});
}

function resultOf(answer: EgressAnswer, id: number): unknown {
  const text = answer.body.toString('utf8');
  const isStream = String(answer.headers['content-type'] ?? '').includes('text/event-stream');
  const messages = isStream ? readEvents(text) : [parse(text)];
  const message = messages.find((one) => one?.id === id);
  if (!message) throw new Error('The MCP server gave no answer to the request.');
  if (message.error) throw new Error(String(message.error.message ?? 'The MCP server refused the request.'));
  return message.result ?? {};
}

function readEvents(text: string): (Message | undefined)[] {
  return text.split(/\r?\n\r?\n/).map((event) => {
    const lines = event.split(/\r?\n/).filter((line) => line.startsWith('data:'));
    return parse(lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n'));
  });
}

function parse(text: string): Message | undefined {
  try {
    return JSON.parse(text) as Message;
  } catch {
    return undefined;
  }
}
