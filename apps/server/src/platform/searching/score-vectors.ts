// Cosines of one question with every passage of some segments, by an exact scan.
import type { Scan } from './create-scan.ts';
import type { Searched } from './score-text.ts';

/** Memory of one thread inside the arena: the question as 16-bit numbers, and products as they come. */
export type Scratch = { memory: SharedMemory; question: number; products: number };
export const DIMENSIONS_MAX = 4_096;
/** Vectors at a time: their products stay in the processor's nearest cache. */
const BLOCK = 2_048;
/** Bytes of a scratch: 4,096 numbers of 16 bits, and a block of 32-bit floats. */
export const SCRATCH_BYTES = DIMENSIONS_MAX * 2 + BLOCK * 4;

/** A scratch of SCRATCH_BYTES at that address. */
export function scratchAt(memory: SharedMemory, address: number): Scratch {
  return { memory, question: address, products: address + DIMENSIONS_MAX * 2 };
}

/** Writes the cosine of each passage to `cosines` at its number in the search; the question has length one. */
export function scoreVectors(
  { scan, scratch, question }: { scan: Scan; scratch: Scratch; question: Float32Array },
  searched: readonly Searched[],
  cosines: Float32Array,
): void {
  const unit = askQuestion(scratch, question);
  for (const { segment, from } of searched) {
    if (segment.dimensions !== question.length || segment.passages === 0) continue;
    const { stride, scales } = segment;
    for (let at = 0; at < segment.passages; at += BLOCK) {
      const count = Math.min(BLOCK, segment.passages - at);
      const vectors = segment.vectorsAt + at * stride;
      const out = scratch.products;
      scan({ vectors, count, stride, question: scratch.question, scales: scales.byteOffset + 4 * at, out });
      const products = new Float32Array(scratch.memory.buffer, scratch.products, count);
      const own = cosines.subarray(from + at, from + at + count);
      for (let i = 0; i < count; i++) own[i] = products[i]! * unit;
    }
  }
}

/** Lays the question down as 16-bit numbers, as large as they can be without a sum leaving 32 bits; answers what one unit is worth. */
function askQuestion({ memory, question: at }: Scratch, question: Float32Array): number {
  const most = question.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-9);
  const sumMost = 127 * Math.sqrt(question.length) * Math.hypot(...question);
  const factor = Math.min(32_767 / most, (2 ** 31 - 1) / (1.01 * Math.max(sumMost, 1e-9)));
  const asked = new Int16Array(memory.buffer, at, DIMENSIONS_MAX);
  asked.fill(0);
  for (let i = 0; i < question.length; i++) asked[i] = Math.round(question[i]! * factor);
  return 1 / factor;
}
