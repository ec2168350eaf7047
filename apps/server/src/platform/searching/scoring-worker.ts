// A thread that scores. It reads segments where they lie in shared memory and keeps nothing of them but where their parts are.
import { parentPort, workerData } from 'node:worker_threads';
import { createAnalyser } from '../text/index.ts';
import { createScan } from './create-scan.ts';
import type { ScoreOrder, ScoringSetup } from './create-scorer.ts';
import type { ThreadAnswer } from './create-threads.ts';
import { openSegment, type SegmentView } from './open-segment.ts';
import { scoreSegments } from './score-segments.ts';
import { scratchAt } from './score-vectors.ts';

const VIEWS_MAX = 10_000;

const port = parentPort!;
const { memory, scratch } = workerData as ScoringSetup;
const kit = { scan: createScan(memory), scratch: scratchAt(memory, scratch), analyser: createAnalyser() };
const views = new Map<number, SegmentView>();

function view({ load, address }: { load: number; address: number }): SegmentView {
  const known = views.get(load);
  if (known) return known;
  if (views.size >= VIEWS_MAX) views.clear();
  const opened = openSegment(memory.buffer, address);
  views.set(load, opened);
  return opened;
}

port.on('message', ({ segments, ...order }: ScoreOrder) => {
  try {
    const opened = segments.map((one) => ({ segment: view(one), dead: one.dead, allowed: one.allowed }));
    const result = scoreSegments(kit, { ...order, segments: opened });
    port.postMessage({ result } satisfies ThreadAnswer);
  } catch (error) {
    port.postMessage({ error: (error as Error).message } satisfies ThreadAnswer);
  }
});
