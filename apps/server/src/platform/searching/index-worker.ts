// The thread of the indexer.
import { parentPort } from 'node:worker_threads';
import { createAnalyser } from '../text/create-analyser.ts';
import type { IndexOrder } from './create-indexer.ts';
import type { ThreadAnswer } from './create-threads.ts';
import { mergeSegments } from './merge-segments.ts';
import { openSegment } from './open-segment.ts';
import { packPassages } from './pack-passages.ts';

const port = parentPort!;
const analyser = createAnalyser();

function obey(order: IndexOrder) {
  if (order.kind === 'pack') return packPassages(analyser, order.passages);
  return mergeSegments(
    order.sources.map(({ bytes, dead }) => {
      const own = Uint8Array.from(bytes); // aligned, as numbers of more than one byte have to be
      return { segment: openSegment(own.buffer, 0), dead: new Set(dead) };
    }),
  );
}

port.on('message', (order: IndexOrder) => {
  try {
    const result = obey(order);
    port.postMessage({ result } satisfies ThreadAnswer, [result.bytes.buffer]);
  } catch (error) {
    port.postMessage({ error: (error as Error).message } satisfies ThreadAnswer);
  }
});
