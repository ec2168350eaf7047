// A bound on work that is under way at once, so that a storm of sign-ins or guesses cannot starve everything else.
import { problem } from '@insula/contract';

export type Bounded = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs at most `running` works at once and lets at most `waiting` more queue; beyond that throws `unavailable`. */
export function limitConcurrency(bounds: { running: number; waiting: number }): Bounded {
  const queue: (() => void)[] = [];
  let running = 0;

  return async (work) => {
    if (running < bounds.running) running++;
    else if (queue.length >= bounds.waiting) throw problem('unavailable');
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line, so that nobody slips in between.
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  };
}
