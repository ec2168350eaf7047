// Reads weights from a safetensors file with 16-bit floats: a length, a header in JSON, then the numbers.
import { readFileSync } from 'node:fs';

export type Matrix = { shape: number[]; values: Float32Array };
export type Weights = {
  /** A tensor as 32-bit floats; throws when the file has none of that name. */
  get(name: string): Matrix;
  /** A tensor's own bytes (16-bit floats). */
  getBytes(name: string): { shape: number[]; bytes: Uint8Array };
};

type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };

/** Opens the file; it is read as a whole (some 45 MB). */
export function readWeights(path: string): Weights {
  const file = readFileSync(path);
  const headerLength = Number(file.readBigUInt64LE(0));
  const start = 8 + headerLength;
  const header = JSON.parse(file.toString('utf8', 8, start)) as Record<string, Entry>;
  const table = halfTable();

  function getBytes(name: string) {
    const entry = header[name];
    if (entry?.dtype !== 'F16') throw new Error(`The file of weights has no 16-bit tensor ${name}.`);
    const [from, until] = entry.data_offsets;
    return { shape: entry.shape, bytes: file.subarray(start + from, start + until) };
  }

  return {
    getBytes,
    get(name) {
      const { shape, bytes } = getBytes(name);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const values = new Float32Array(bytes.byteLength / 2);
      for (let i = 0; i < values.length; i++) values[i] = table[view.getUint16(2 * i, true)]!;
      return { shape, values };
    },
  };
}

/** The value of each of the 65,536 16-bit floats. */
function halfTable(): Float32Array {
  const table = new Float32Array(65_536);
  for (let half = 0; half < table.length; half++) {
    const sign = half >> 15 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) table[half] = sign * fraction * 2 ** -24;
    else if (exponent === 31) table[half] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else table[half] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}
