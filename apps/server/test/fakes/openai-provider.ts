// A provider that speaks OpenAI's wire format over a real socket, does what a test asks of it, and remembers what it was
// asked. A behaviour is queued for the next request, or chosen by the model's name (`openai-behaviour.ts`).
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Behaviour, behavioursByModel } from './openai-behaviour.ts';
import {
  chatChunks,
  chatCompletion,
  embeddingList,
  errorObject,
  textChunks,
  textCompletion,
} from './openai-wire.ts';

export type ReceivedRequest = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** The body as it came, and parsed (an empty object when it is no JSON). */
  bytes: Buffer;
  body: Record<string, unknown>;
  /** Whether the caller closed the connection before the answer was complete. */
  wasAborted: boolean;
  /** Bytes of the answer that the socket took. */
  bytesSent: number;
};

export type OpenAiProviderOptions = {
  /** The key that is accepted; default `sk-fake-key`. */
  apiKey?: string;
  models?: readonly string[];
  port?: number;
  /** How long a request takes for which nothing else was asked. */
  delayMs?: number;
};

export type OpenAiProvider = {
  origin: string;
  apiKey: string;
  /** Requests received, oldest first. */
  requests: ReceivedRequest[];
  /** Queues a behaviour for the next request that has none; requests without one behave by their model's name, or well. */
  next(...behaviours: Behaviour[]): void;
  /** Drops the behaviours that were queued and not asked for. */
  forget(): void;
  /** Open connections. */
  connections(): Promise<number>;
  stop(): Promise<void>;
};

type Desk = {
  apiKey: string;
  models: readonly string[];
  queue: Behaviour[];
  requests: ReceivedRequest[];
  usual: Behaviour;
};
type Exchange = { request: ReceivedRequest; behaviour: Behaviour; response: ServerResponse };

/** Starts a provider on a free port of 127.0.0.1 (or on `port`). */
export async function startOpenAiProvider(options: OpenAiProviderOptions = {}): Promise<OpenAiProvider> {
  const { apiKey = 'sk-fake-key', models = ['gpt-4o-mini', 'text-embedding-3-small'], port = 0 } = options;
  const usual: Behaviour = options.delayMs === undefined ? {} : { delayMs: options.delayMs };
  const desk: Desk = { apiKey, models, queue: [], requests: [], usual };
  const server = createServer({ keepAliveTimeout: 600_000 }, (incoming, response) => {
    answer(desk, incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', 1_024, resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey,
    requests: desk.requests,
    next: (...behaviours) => void desk.queue.push(...behaviours),
    forget: () => void desk.queue.splice(0),
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(desk: Desk, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = await receive(incoming);
  desk.requests.push(request);
  response.once('close', () => {
    request.wasAborted = !response.writableFinished;
  });
  if (incoming.headers.authorization !== `Bearer ${desk.apiKey}`)
    return sendJson(response, 401, errorObject(401));
  if (request.path === '/v1/models') return sendJson(response, 200, modelList(desk.models));
  const behaviour = desk.queue.shift() ?? behavioursByModel[String(request.body.model)] ?? desk.usual;
  if (behaviour.delayMs) await wait(behaviour.delayMs);
  if (behaviour.isSilent) return;
  const exchange = { request, behaviour, response };
  if (isAnsweredBadly(exchange)) return;
  if (request.path.endsWith('/embeddings'))
    return sendWhole(exchange, embeddingList(request.body, behaviour));
  const isChat = request.path.endsWith('/chat/completions');
  if (!isChat && !request.path.endsWith('/completions')) return sendJson(response, 404, errorObject(404));
  if (request.body.stream === true) return sendStream(exchange, isChat ? chatChunks : textChunks);
  return sendWhole(exchange, (isChat ? chatCompletion : textCompletion)(request.body, behaviour));
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  const { method = '', url: path = '', headers } = incoming;
  return { method, path, headers, bytes, body: parse(bytes), wasAborted: false, bytesSent: 0 };
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(bytes.toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function modelList(models: readonly string[]): Record<string, unknown> {
  return {
    object: 'list',
    data: models.map((id) => ({ id, object: 'model', created: 1_767_225_600, owned_by: 'fake' })),
  };
}

function sendJson(response: ServerResponse, status: number, json: unknown): void {
  const bytes = Buffer.from(JSON.stringify(json));
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length })
    .end(bytes);
}

/** Answers that are no answer: an error, a foreign body, a redirect. */
function isAnsweredBadly({ behaviour, response }: Exchange): boolean {
  const { status, retryAfter, body, redirect } = behaviour;
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
  if (redirect !== undefined) response.writeHead(307, { location: redirect }).end();
  else if (body) {
    if (body.encoding) response.setHeader('content-encoding', body.encoding);
    response.writeHead(status ?? 200, { 'content-type': body.type }).end(body.bytes);
  } else if (status !== undefined) sendJson(response, status, errorObject(status));
  else return false;
  return true;
}

async function sendWhole(exchange: Exchange, json: unknown): Promise<void> {
  const { behaviour, response } = exchange;
  const bytes = Buffer.from(JSON.stringify(json));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  const isBroken = behaviour.cutAfter !== undefined || behaviour.stallAfter !== undefined;
  await sendPieces(exchange, isBroken ? bytes.subarray(0, bytes.length >> 1) : bytes);
  if (behaviour.cutAfter !== undefined) await cut(response);
  else if (!isBroken) response.end();
}

async function sendStream(exchange: Exchange, chunksOf: typeof chatChunks): Promise<void> {
  const { request, behaviour, response } = exchange;
  const { lineEnd = '\n', comments = false, blank = ' ' } = behaviour.spelling ?? {};
  const event = (text: string) =>
    `${comments ? `: still here${lineEnd}` : ''}data:${blank}${text}${lineEnd}${lineEnd}`;
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.flushHeaders();
  let sent = 0;
  for (const chunk of chunksOf(request.body, behaviour)) {
    if (sent === behaviour.stallAfter) return;
    if (sent === behaviour.cutAfter) return cut(response);
    if (sent === behaviour.errorAfter) return void response.end(event(JSON.stringify(errorObject(500))));
    await sendPieces(exchange, Buffer.from(event(JSON.stringify(chunk))));
    sent++;
  }
  if (!behaviour.isWithoutDone) await sendPieces(exchange, Buffer.from(event('[DONE]')));
  if (!behaviour.isLeftOpen) response.end();
}

/** Cuts the connection when what was written has left. */
async function cut(response: ServerResponse): Promise<void> {
  await wait(20);
  response.destroy();
}

async function sendPieces({ request, response, behaviour }: Exchange, bytes: Buffer): Promise<void> {
  const { pieceBytes = bytes.length, pauseMs = 0 } = behaviour;
  for (let at = 0; at < bytes.length && !response.destroyed; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    const isDrained = response.write(piece);
    if (pauseMs > 0) await wait(pauseMs);
    if (!isDrained) await drained(response);
    request.bytesSent += piece.length;
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}
