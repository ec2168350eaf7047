// Watches over a translated call: whatever a model of the AI SDK does or does not do, the call ends when its time is up, when the
// caller is gone, or when it may not go on; and what it waits for is told to stop.
import type { ServerResponse } from 'node:http';
import { type Ending, failed } from '../relay/exchange-bytes.ts';

/** The call ended for a reason that is not the model's. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly ending: Ending;
  constructor(ending: Ending) {
    super('The call is over.');
    this.ending = ending;
  }
}

type Bounds = {
  stream: boolean;
  maxCallMs: number;
  /** Until the first part of a stream. */
  firstByteMs: number;
  /** Between two parts of a stream. */
  idleMs: number;
  signal?: AbortSignal | undefined;
};

/** Begins to watch; `end` must be called when the call is over. */
export function superviseCall(bounds: Bounds, response: ServerResponse) {
  const controller = new AbortController();
  let stopped: Stopped | undefined;
  let interrupt: ((error: Stopped) => void) | undefined;

  function stop(ending: Ending): void {
    if (stopped) return;
    stopped = new Stopped(ending);
    interrupt?.(stopped);
    controller.abort();
  }
  const after = (ms: number, code: Parameters<typeof failed>[0]) => setTimeout(() => stop(failed(code)), ms);
  const whole = after(bounds.maxCallMs, 'call_too_long');
  let silence =
    bounds.stream && bounds.firstByteMs > 0 ? after(bounds.firstByteMs, 'provider_silent') : undefined;
  let isAnswering = false;
  const onGone = () => stop({ kind: 'gone' });
  const onSignal = () => stop(failed('access_ended'));
  response.once('close', onGone);
  bounds.signal?.addEventListener('abort', onSignal);
  if (response.destroyed) onGone();
  else if (bounds.signal?.aborted) onSignal();

  /** What the work gives; rejects with Stopped as soon as the call is over. */
  function until<T>(work: () => PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (stopped) return reject(stopped);
      interrupt = reject;
      work().then(resolve, reject);
    });
  }
  return {
    /** Aborted when the call is stopped. */
    signal: controller.signal,
    until,
    /** Something came: the silence begins anew. */
    touch(): void {
      if (isAnswering) silence?.refresh();
      else {
        clearTimeout(silence);
        silence = after(bounds.idleMs, 'provider_stalled');
        isAnswering = true;
      }
    },
    /** When the caller has taken what was written; the provider's silence does not count meanwhile. */
    async drained(): Promise<void> {
      clearTimeout(silence);
      isAnswering = false;
      let onDrain: (() => void) | undefined;
      const taken = new Promise<void>((resolve) => {
        onDrain = resolve;
        response.once('drain', resolve);
      });
      await until(() => taken).finally(() => response.off('drain', onDrain!));
    },
    end(): void {
      clearTimeout(whole);
      clearTimeout(silence);
      response.off('close', onGone);
      bounds.signal?.removeEventListener('abort', onSignal);
      stopped ??= new Stopped({ kind: 'gone' });
      controller.abort(); // a model that was not read to its end lets its connection go
    },
  };
}
