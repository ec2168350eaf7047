// One request to a provider, with every wait bounded: to begin, between two chunks, in all. Ends exactly once, and a
// response that nobody wants any more costs nothing but its socket.
import type { Dispatcher } from 'undici';
import { type Failure, failureOf, failureOfConnection } from './failure-of.ts';

export type UpstreamRequest = {
  /** Asked when the request is sent; may refuse an origin by throwing. */
  dispatcherFor(origin: string): Dispatcher;
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
  const timers = [
    setTimeout(
      () => fail(failureOf('call_too_long'), new Error('The call took too long.')),
      request.maxCallMs,
    ),
  ];
  if (request.firstByteMs > 0) {
    timers.push(
      setTimeout(() => fail(failureOf('provider_silent'), new Error('No first byte.')), request.firstByteMs),
    );
  }

  function close(): boolean {
    if (over) return false;
    over = true;
    for (const timer of timers) clearTimeout(timer);
    return true;
  }
  function abort(): void {
    if (close()) controller?.abort(ABANDONED);
  }
  function fail(failure: Failure, cause: Error): void {
    if (!close()) return;
    controller?.abort(cause);
    listener.onFailure(failure, cause);
  }

  send(request, {
    onRequestStart(started) {
      controller = started;
      if (over) started.abort(ABANDONED); // it was still waiting for a connection
    },
    onResponseStart(_, status, headers) {
      if (!over && status >= 200) listener.onHead(status, headers);
    },
    onResponseData(_, chunk) {
      clearTimeout(timers[1]);
      if (!over) listener.onChunk(chunk);
    },
    onResponseEnd() {
      if (close()) listener.onEnd();
    },
    onResponseError: (_, error) => fail(failureOfConnection(error), error),
  });
  return { pause: () => controller?.pause(), resume: () => controller?.resume(), abort };
}

const ABANDONED = new Error('The call is over.');

function send(request: UpstreamRequest, handler: Dispatcher.DispatchHandler): void {
  const { origin, path, headers, body, idleMs } = request;
  const limits = { headersTimeout: 0, bodyTimeout: idleMs }; // until the head, our own timers hold
  try {
    request
      .dispatcherFor(origin)
      .dispatch({ origin, path, method: 'POST', headers, body, ...limits }, handler);
  } catch (error) {
    handler.onResponseError?.(undefined as never, error as Error);
  }
}
