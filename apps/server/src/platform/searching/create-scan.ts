// Vectors against one question: by WebAssembly where the machine has SIMD, in plain JavaScript elsewhere, with the same result.
import { assembleKernel } from './assemble-kernel.ts';

/** Addresses in the shared memory, and how many vectors of how many bytes; see assemble-kernel.ts. */
export type ScanPlace = {
  vectors: number;
  count: number;
  stride: number;
  question: number;
  scales: number;
  out: number;
};
export type Scan = (place: ScanPlace) => void;

/** The fastest scan there is on this machine; `plain` asks for the one without WebAssembly. */
export function createScan(memory: SharedMemory, options: { plain?: boolean } = {}): Scan {
  const kernel = assembleKernel();
  if (options.plain || !WebAssembly.validate(kernel)) return createPlainScan(memory);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(kernel), { m: { memory } });
  const scan = exports.scan as (...numbers: number[]) => void;
  return (at) => scan(at.vectors, at.count, at.stride, at.question, at.scales, at.out);
}

function createPlainScan(memory: SharedMemory): Scan {
  return ({ vectors, count, stride, question, scales, out }) => {
    const bytes = new Int8Array(memory.buffer, vectors, count * stride);
    const asked = new Int16Array(memory.buffer, question, stride);
    const factors = new Float32Array(memory.buffer, scales, count);
    const products = new Float32Array(memory.buffer, out, count);
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let j = 0; j < stride; j++) sum += bytes[i * stride + j]! * asked[j]!;
      products[i] = Math.fround(sum) * factors[i]!;
    }
  };
}
