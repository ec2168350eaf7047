// A `fetch` for libraries that want one (provider SDKs), over the guarded connections. Guarantees: it calls one origin only,
// follows no redirect, asks for no compression and takes none, and every wait and size is bounded. A credential given to such
// a library cannot reach another host, whatever address the library makes up.
import type { Dispatcher } from 'undici';

export type FetchBounds = {
  /** From the call to the first byte of its body, waiting for a connection included; 0 for no other limit than the whole call's. */
  firstByteMs: number;
  /** The longest silence while somebody waits for more. */
  idleMs: number;
  maxCallMs: number;
  /** Most bytes of an answer; an error's are bounded tighter. */
  maxBytes: number;
};

/** Why a guarded call ended: the other side's fault, or an address it may not go to. */
export type EgressFaultCode =
  | 'other_origin'
  | 'redirected'
  | 'encoded'
  | 'too_large'
  | 'silent'
  | 'stalled'
  | 'too_long';

/** A guarded call that was ended by its bounds. */
export class EgressFault extends Error {
  override readonly name = 'EgressFault';
  readonly fault: EgressFaultCode;
  constructor(fault: EgressFaultCode, message: string) {
    super(message);
    this.fault = fault;
  }
}

export type GuardedFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

type Way = { dispatcherFor(origin: string): Dispatcher; origin: string; bounds: FetchBounds };

const ERROR_BYTES_MAX = 262_144;
const WITHOUT_BODY = new Set([204, 205, 304]);
/** Belongs to the connection, or would change the size of the answer: never the library's to set. */
const OURS = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'upgrade',
]);

/** Makes the fetch of one origin. It rejects with an EgressFault, a problem of the guard, undici's error, or the caller's own reason. */
export function createGuardedFetch({ dispatcherFor, origin, bounds }: Way): GuardedFetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== origin) throw faultOf('other_origin', origin);
    const call = boundCall(bounds, init.signal ?? undefined);
    try {
      const answered = dispatcherFor(origin).request({
        origin,
        path: url.pathname + url.search,
        method: (init.method ?? 'GET') as Dispatcher.HttpMethod,
        headers: headersOf(init.headers),
        body: bodyOf(init.body),
        headersTimeout: 0, // our own timers hold
        bodyTimeout: 0,
        signal: call.signal,
      });
      return read(await call.orLeft(answered), call, bounds);
    } catch (error) {
      call.close();
      throw error;
    }
  };
}

function headersOf(given: RequestInit['headers']): Record<string, string> {
  const headers: Record<string, string> = {};
  new Headers(given).forEach((value, name) => {
    if (!OURS.has(name)) headers[name] = value;
  });
  headers['accept-encoding'] = 'identity';
  return headers;
}

function bodyOf(body: RequestInit['body']): string | Uint8Array | null {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  throw new TypeError('A guarded fetch sends text or bytes.');
}

type BoundCall = ReturnType<typeof boundCall>;

/** The clock of one call: its signal fires when a bound is passed or the caller leaves. */
function boundCall(bounds: FetchBounds, outer: AbortSignal | undefined) {
  const controller = new AbortController();
  const end = (fault: EgressFaultCode) => controller.abort(faultOf(fault));
  const whole = setTimeout(() => end('too_long'), bounds.maxCallMs);
  const first = bounds.firstByteMs > 0 ? setTimeout(() => end('silent'), bounds.firstByteMs) : undefined;
  const leave = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', leave, { once: true });
  if (outer?.aborted) leave();
  let idle: NodeJS.Timeout | undefined;

  return {
    signal: controller.signal,
    abort: (reason: unknown) => controller.abort(reason),
    /** Somebody waits for the next piece. */
    waits(): void {
      if (idle) idle.refresh();
      else idle = setTimeout(() => end('stalled'), bounds.idleMs);
    },
    /** A piece came: until the next one is asked for, the silence is ours. */
    came(): void {
      clearTimeout(first);
      clearTimeout(idle);
      idle = undefined;
    },
    /** undici looks at a signal only once a connection stands: a silent name server or host is left here. */
    orLeft(answered: Promise<Dispatcher.ResponseData>): Promise<Dispatcher.ResponseData> {
      const { promise: left, reject } = Promise.withResolvers<never>();
      const onAbort = () => reject(controller.signal.reason);
      controller.signal.addEventListener('abort', onAbort, { once: true });
      if (controller.signal.aborted) onAbort();
      answered.catch(() => {});
      return Promise.race([answered, left]).finally(() =>
        controller.signal.removeEventListener('abort', onAbort),
      );
    },
    close(): void {
      for (const timer of [whole, first, idle]) clearTimeout(timer);
      outer?.removeEventListener('abort', leave);
    },
  };
}

function read(answer: Dispatcher.ResponseData, call: BoundCall, bounds: FetchBounds): Response {
  const { statusCode: status, headers, body } = answer;
  body.on('error', () => {});
  const maxBytes = status < 400 ? bounds.maxBytes : Math.min(bounds.maxBytes, ERROR_BYTES_MAX);
  const encoding = String(headers['content-encoding'] ?? 'identity')
    .trim()
    .toLowerCase();
  const refusal =
    status >= 300 && status < 400 && status !== 304
      ? 'redirected'
      : encoding !== 'identity' && encoding !== ''
        ? 'encoded'
        : Number(headers['content-length'] ?? 0) > maxBytes
          ? 'too_large'
          : undefined;
  if (refusal) {
    body.destroy();
    throw faultOf(refusal);
  }
  const told = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const one of [value ?? []].flat()) told.append(name, one);
  if (WITHOUT_BODY.has(status)) {
    body.resume();
    call.close();
    return new Response(null, { status, headers: told });
  }
  return new Response(streamOf(body, call, maxBytes), { status, headers: told });
}

/** The body at the pace of its reader. */
function streamOf(
  body: Dispatcher.ResponseData['body'],
  call: BoundCall,
  maxBytes: number,
): ReadableStream<Uint8Array> {
  const pieces: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  let size = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      call.waits();
      try {
        const { done, value } = await pieces.next();
        call.came();
        size += value?.length ?? 0;
        if (size > maxBytes) throw faultOf('too_large');
        if (!done) return controller.enqueue(value);
        call.close();
        controller.close();
      } catch (error) {
        call.close();
        body.destroy();
        throw call.signal.aborted ? call.signal.reason : error;
      }
    },
    cancel(reason) {
      call.abort(reason);
      call.close();
      body.destroy();
    },
  });
}

const WORDS: Record<EgressFaultCode, string> = {
  other_origin: 'A credential only travels to the origin it was saved with',
  redirected: 'The answer is a redirect, which is not followed',
  encoded: 'The answer is compressed, although that was not asked for',
  too_large: 'The answer is larger than allowed',
  silent: 'The answer did not begin in time',
  stalled: 'The answer stopped in the middle',
  too_long: 'The call took too long',
};

function faultOf(fault: EgressFaultCode, detail?: string): EgressFault {
  return new EgressFault(fault, detail ? `${WORDS[fault]}: ${detail}.` : `${WORDS[fault]}.`);
}
