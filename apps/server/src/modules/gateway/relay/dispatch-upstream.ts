// One request to a provider, with every wait bounded: to begin, between two chunks, in all. Ends exactly once, and a
// response that nobody wants any more costs nothing but its socket.
import type { Dispatcher } from 'undici';
import { type Failure, failureOf, failureOfConnection } from './failures.ts';

export type UpstreamRequest = {
  dispatcher: Dispatcher;
  origin: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  /** How long until the first byte of the body; 0 for no other limit than the whole call's. */
  firstByteMs: number;
  idleMs: number;
  maxCallMs: number;
};

export type UpstreamHeaders = Record<string, string | string[] | undefined>;

/** What is told of the answer; after `onEnd`, `onFailure` or `abort` nothing more is. */
export type UpstreamListener = {
  onHead(status: number, headers: UpstreamHeaders): void;
  onChunk(chunk: Buffer): void;
  onEnd(): void;
  /** `cause` is for the log; it may name hosts. */
  onFailure(failure: Failure, cause: Error): void;
};

export type Upstream = { pause(): void; resume(): void; abort(): void };

/** Sends the request. Redirects are not followed. */
export function dispatchUpstream(request: UpstreamRequest, listener: UpstreamListener): Upstream {
  let controller: Dispatcher.DispatchController | undefined;
  let over = false;
  let headSeen = false;

  function close(): boolean {
    if (over) return false;
    over = true;
    clearTimeout(firstByteTimer);
    clearTimeout(callTimer);
    return true;
  }
  function abort(): void {
    if (close()) controller?.abort(new Error('The call is over.'));
  }
  function fail(failure: Failure, cause: Error): void {
    if (!close()) return;
    controller?.abort(cause);
    listener.onFailure(failure, cause);
  }
  const late = (code: 'provider_silent' | 'call_too_long') => () => fail(failureOf(code), new Error(code));
  const firstByteTimer = request.firstByteMs > 0 ? setTimeout(late('provider_silent'), request.firstByteMs) : undefined;
  const callTimer = setTimeout(late('call_too_long'), request.maxCallMs);

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      if (over) started.abort(new Error('The call is over.')); // it was still waiting for a connection
    },
    onResponseStart(_, status, headers) {
      if (over || status < 200) return;
      headSeen = true;
      listener.onHead(status, headers);
    },
    onResponseData(_, chunk) {
      clearTimeout(firstByteTimer);
      if (!over) listener.onChunk(chunk);
    },
    onResponseEnd() {
      if (close()) listener.onEnd();
    },
    onResponseError(_, error) {
      fail(failureOfConnection(error, headSeen), error);
    },
  };
  const { dispatcher, origin, path, headers, body, idleMs } = request;
  try {
    dispatcher.dispatch({ origin, path, method: 'POST', headers, body, headersTimeout: 0, bodyTimeout: idleMs }, handler);
  } catch (error) {
    // Told later, like every other end: the caller does not hold the upstream yet.
    setImmediate(fail, failureOfConnection(error as Error, false), error as Error);
  }
  return { pause: () => controller?.pause(), resume: () => controller?.resume(), abort };
}
