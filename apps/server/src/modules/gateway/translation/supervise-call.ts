// Watches over a translated call: whatever a model of the AI SDK does or does not do, the call ends when its time is up, when the
// caller is gone, or when it may not go on; and what it waits for is told to stop.

import type { Call, RelayLimits } from '../relay/create-relay.ts';
import { type Ending, failed } from '../relay/exchange-bytes.ts';
import type { Answering } from '../relay/write-answer.ts';

/** The call ended for a reason that is not the model's. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly ending: Ending;
  constructor(ending: Ending) {
    super('The call is over.');
    this.ending = ending;
  }
}

/** The bounds of one call: the server's, and its route's where they are tighter. A whole answer begins when it is finished. */
export function boundsOf(limits: RelayLimits, call: Call, stream: boolean): RelayLimits {
  return {
    ...limits,
    maxCallMs: Math.min(limits.maxCallMs, call.maxCallMs ?? limits.maxCallMs),
    firstByteMs: call.firstByteMs ?? (stream ? limits.firstByteMs : 0),
  };
}

type Bounds = {
  maxCallMs: number;
  /** Until the first part of a stream, or until a whole answer is there; 0 for no other limit than the whole call's. */
  firstByteMs: number;
  /** Between two parts of a stream. */
  idleMs: number;
  signal?: AbortSignal | undefined;
};

/** Begins to watch; `end` must be called when the call is over. */
export function superviseCall(bounds: Bounds, response: Answering) {
  const brake = openBrake();
  const { stop, until } = brake;
  const silence = measureSilence(bounds, stop);
  const whole = setTimeout(() => stop(failed('call_too_long')), bounds.maxCallMs);
  const onGone = () => stop({ kind: 'gone' });
  const onSignal = () => stop(failed('access_ended'));
  response.once('close', onGone);
  bounds.signal?.addEventListener('abort', onSignal);
  if (response.destroyed) onGone();
  else if (bounds.signal?.aborted) onSignal();

  return {
    /** Aborted when the call is stopped. */
    signal: brake.signal,
    until,
    touch: silence.touch,
    /** When the caller has taken what was written; the provider's silence does not count meanwhile. */
    async drained(): Promise<void> {
      silence.pause();
      const { promise: taken, resolve } = Promise.withResolvers<void>();
      response.once('drain', resolve);
      await until(() => taken).finally(() => response.off('drain', resolve));
    },
    end(): void {
      clearTimeout(whole);
      silence.pause();
      response.off('close', onGone);
      bounds.signal?.removeEventListener('abort', onSignal);
      stop({ kind: 'gone' }); // a model that was not read to its end lets its connection go
    },
  };
}

function openBrake() {
  const controller = new AbortController();
  let stopped: Stopped | undefined;
  let interrupt: ((error: Stopped) => void) | undefined;
  return {
    signal: controller.signal,
    stop(ending: Ending): void {
      if (stopped) return;
      stopped = new Stopped(ending);
      interrupt?.(stopped);
      controller.abort();
    },
    /** What the work gives; rejects with Stopped as soon as the call is over. */
    until<T>(work: () => PromiseLike<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        if (stopped) return reject(stopped);
        interrupt = reject;
        work().then(resolve, reject);
      });
    },
  };
}

/** The silence of a call: until its first part, and between two. A whole answer begins when it is finished. */
function measureSilence({ firstByteMs, idleMs }: Bounds, stop: (ending: Ending) => void) {
  const after = (ms: number, code: Parameters<typeof failed>[0]) => setTimeout(() => stop(failed(code)), ms);
  let timer = firstByteMs > 0 ? after(firstByteMs, 'provider_silent') : undefined;
  let isAnswering = false;
  function pause(): void {
    clearTimeout(timer);
    isAnswering = false;
  }
  return {
    pause,
    /** Something came: the silence begins anew. */
    touch(): void {
      if (isAnswering) return void timer?.refresh();
      clearTimeout(timer);
      timer = after(idleMs, 'provider_stalled');
      isAnswering = true;
    },
  };
}
