// Sends requests: with the credential, repeated when the server was busy and repeating is safe, failing in the server's words.
import { type InsulaError, readInsulaError, unreachableError } from './insula-error.ts';

export type SenderDeps = {
  fetch: (request: Request) => Promise<Response>;
  /** The credential; `refused` is one that was just answered with 401. */
  token(refused?: string): Promise<string | undefined>;
  /** How often a call that is safe to repeat is repeated, and how long it waits in all, at most. */
  retries: number;
  longestWaitMs: number;
};
export type Send = (request: Request, options?: { anonymous?: boolean }) => Promise<Response>;

const repeatable = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/** Makes the function that sends; it resolves with a success or throws an InsulaError, or the signal's reason. */
export function createSender(deps: SenderDeps): Send {
  async function attempt(request: Request, token: string | undefined): Promise<Response> {
    const copy = request.clone();
    if (token !== undefined) copy.headers.set('authorization', `Bearer ${token}`);
    try {
      return await deps.fetch(copy);
    } catch (error) {
      if (request.signal.aborted) throw error;
      throw unreachableError(request.url, error);
    }
  }

  async function authorized(request: Request): Promise<Response> {
    const token = await deps.token();
    const answer = await attempt(request, token);
    if (answer.status !== 401 || token === undefined) return answer;
    const renewed = await deps.token(token).catch(() => undefined);
    if (renewed === undefined || renewed === token) return answer;
    await answer.body?.cancel();
    return attempt(request, renewed);
  }

  return async (request, { anonymous = false } = {}) => {
    const deadline = Date.now() + deps.longestWaitMs;
    for (let tries = 1; ; tries += 1) {
      const answer = await (anonymous ? attempt(request, undefined) : authorized(request));
      if (answer.ok) return answer;
      const error = await readInsulaError(answer);
      const waitMs = waitOf(answer, tries);
      const inTime = Date.now() + waitMs <= deadline;
      if (!isRepeatable(request, error) || tries > deps.retries || !inTime) throw error;
      await pause(waitMs, request.signal);
    }
  };
}

function isRepeatable(request: Request, error: InsulaError): boolean {
  const busy = error.status === 429 || error.status === 503;
  return busy && (repeatable.has(request.method) || request.headers.has('idempotency-key'));
}

/** What the server asked for, or growing pauses with some chance in them, so that many clients do not come back at once. */
function waitOf(answer: Response, tries: number): number {
  const asked = answer.headers.get('retry-after');
  if (asked !== null && /^\d{1,6}$/.test(asked)) return Number(asked) * 1_000;
  return 250 * 2 ** (tries - 1) * (1 + Math.random());
}

function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, waitMs);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
