// Searches over segments in memory, in threads beside the one that answers requests.
import { type Arena, createArena } from './create-arena.ts';
import { createShelf, type ReadSegments, type Shelf, type WantedSegment } from './create-shelf.ts';
import { createThreads } from './create-threads.ts';
import type { ScoringInput, ScoringResult } from './score-segments.ts';
import { SCRATCH_BYTES } from './score-vectors.ts';

export type ScoreAsk = Omit<ScoringInput, 'segments'> & {
  organizationId: string;
  segments: readonly (WantedSegment & {
    dead: readonly number[];
    allowed?: readonly number[] | undefined;
  })[];
  read: ReadSegments;
};
/** What a scoring thread is asked. */
export type ScoreOrder = Omit<ScoringInput, 'segments'> & {
  segments: {
    load: number;
    address: number;
    dead: readonly number[];
    allowed?: readonly number[] | undefined;
  }[];
};
export type Scorer = {
  /** The best passages; undefined when a segment was merged or removed since it was listed. Throws ShelfTooSmall. */
  score(ask: ScoreAsk): Promise<ScoringResult | undefined>;
  /** Bytes of segments in memory, and how many there may be. */
  memory(): { used: number; limit: number };
  stop(): Promise<void>;
};
export type ScorerOptions = { memoryMegabytes: number; threads: number };
export type ScoringSetup = { memory: SharedMemory; scratch: number };

const IDLE_MS = 60_000;

type Ground = { arena: Arena; shelf: Shelf; scratches: number[] };

/** Makes the scorer; memory and threads are taken with the first search. */
export function createScorer(options: ScorerOptions): Scorer {
  let ground: Ground | undefined;
  const open = (): Ground => {
    if (ground) return ground;
    const arena = createArena(options.memoryMegabytes);
    const scratches = Array.from({ length: options.threads }, () => arena.take(SCRATCH_BYTES)!);
    ground = { arena, shelf: createShelf(arena), scratches };
    return ground;
  };
  const threads = createThreads({
    script: new URL('./scoring-worker.ts', import.meta.url),
    setup: (number): ScoringSetup => ({ memory: open().arena.memory, scratch: open().scratches[number]! }),
    threads: options.threads,
    idleMs: IDLE_MS,
  });

  async function score({ organizationId, segments, read, ...ask }: ScoreAsk) {
    const held = await open().shelf.hold(segments, read);
    if (!held) return undefined;
    try {
      const placed = segments.map(({ dead, allowed }, i) => ({ ...held.shelved[i]!, dead, allowed }));
      const order: ScoreOrder = { ...ask, segments: placed };
      return await threads.run<ScoringResult>(organizationId, order);
    } finally {
      held.release();
    }
  }

  return {
    score,
    memory: () => ({ used: ground?.arena.used() ?? 0, limit: options.memoryMegabytes * 1_048_576 }),
    stop: threads.stop,
  };
}
