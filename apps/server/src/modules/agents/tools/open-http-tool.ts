// A tool that is an address speaking HTTP: the model fills declared parameters, never the host, and the guarded way out makes
// the call.
import type { HttpSettings } from '@insula/contract/agent-tools';
import type { EgressRequest } from '../../../platform/egress/index.ts';
import type { Loading, Tool } from './load-tools.ts';
import { openHeaders } from './seal-headers.ts';
import type { ToolRow } from './store.ts';

const ANSWER_MAX_BYTES = 1_048_576;

/** Opens the tool: what it declares, and the call. */
export async function openHttpTool({ deps }: Loading, row: ToolRow): Promise<Tool> {
  const settings = row.settings as unknown as HttpSettings;
  return {
    name: row.name,
    description: row.description,
    parameters: settings.parameters,
    requiresApproval: row.requires_approval,
    async call(input, talk) {
      const secret = await openHeaders(deps.secrets, row);
      const { url, body } = fillRequest(settings, input);
      const request: EgressRequest = {
        method: settings.method,
        headers: {
          accept: 'application/json, text/*;q=0.9',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...settings.headers,
          ...secret,
        },
        ...(body === undefined ? {} : { body }),
        maxBytes: ANSWER_MAX_BYTES,
        timeoutMs: settings.timeout_ms,
        maxRedirects: 0,
        signal: talk.signal,
      };
      const answer = await deps.egress.fetch(url, request);
      const text = answer.body.toString('utf8');
      if (answer.status >= 200 && answer.status < 300) return text;
      throw new Error(`The tool answered ${answer.status}: ${text.slice(0, 1_000)}`);
    },
  };
}

/** Puts the arguments where they belong: `{name}` in the path, the rest into the query or the body. */
export function fillRequest(
  settings: Pick<HttpSettings, 'method' | 'url'>,
  input: Record<string, unknown>,
): { url: string; body: string | undefined } {
  const rest = { ...input };
  const filled = settings.url.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = rest[name];
    delete rest[name];
    // A segment of dots would lead elsewhere than declared.
    const text = encodeURIComponent(writeValue(value ?? ''));
    return /^\.{1,2}$/.test(text) ? text.replaceAll('.', '%2E') : text;
  });
  const url = new URL(filled);
  const isQuery = settings.method === 'GET' || settings.method === 'DELETE';
  if (!isQuery) return { url: url.href, body: JSON.stringify(rest) };
  for (const [name, value] of Object.entries(rest))
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, writeValue(one));
  return { url: url.href, body: undefined };
}

function writeValue(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
