// What a call throws when it does not succeed: the server's own words, code and request id, whatever shape they came in.

export type ErrorFacts = {
  /** For programs, such as `workspace_not_found`; `unreachable` when there was no answer at all. */
  code: string;
  /** The HTTP status; 0 when there was no answer. */
  status: number;
  /** For people: what went wrong and what to do about it. */
  detail: string;
  data?: Record<string, unknown> | undefined;
  /** Quote it when you ask for help. */
  requestId?: string | undefined;
};

/** A call that did not succeed. `message` is the detail. */
export class InsulaError extends Error {
  override readonly name = 'InsulaError';
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly data: Record<string, unknown> | undefined;
  readonly requestId: string | undefined;

  constructor(facts: ErrorFacts, cause?: unknown) {
    super(facts.detail, cause === undefined ? undefined : { cause });
    this.code = facts.code;
    this.status = facts.status;
    this.detail = facts.detail;
    this.data = facts.data;
    this.requestId = facts.requestId;
  }
}

/** Reads an answer that is not a success: problem+json, OpenAI's error shape, or whatever a proxy in between said. */
export async function readInsulaError(answer: Response): Promise<InsulaError> {
  const text = await answer.text().catch(() => '');
  const body = parseObject(text);
  const foreign = objectOf(body.error);
  const { status } = answer;
  return new InsulaError({
    code: wordOf(body.code) ?? wordOf(foreign.code) ?? wordOf(foreign.type) ?? `http_${status}`,
    status,
    detail: wordOf(body.detail) ?? wordOf(foreign.message) ?? `The server answered with status ${status}.`,
    data: body.data === undefined ? undefined : objectOf(body.data),
    requestId: wordOf(body.requestId) ?? answer.headers.get('x-request-id') ?? undefined,
  });
}

/** There was no answer: the server is down, the address is wrong, or the network is gone. */
export function unreachableError(url: string, cause: unknown): InsulaError {
  const { origin } = new URL(url);
  const reason = (cause as { cause?: { code?: unknown } }).cause?.code;
  const detail = `${origin} does not answer${typeof reason === 'string' ? ` (${reason})` : ''}. Is the server running there?`;
  return new InsulaError({ code: 'unreachable', status: 0, detail }, cause);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : {};
}

function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
