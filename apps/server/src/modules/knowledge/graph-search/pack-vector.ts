// Vectors of names in one byte a number: near enough to compare names, and small enough to read thousands.

/** A vector of length one as signed bytes. */
export function packVector(vector: Float32Array): Buffer {
  const packed = Int8Array.from(vector, (value) => Math.max(-127, Math.min(127, Math.round(value * 127))));
  return Buffer.from(packed.buffer);
}

/** The cosine of a vector of length one and a packed one. */
export function compareVectors(vector: Float32Array, packed: Buffer): number {
  const bytes = new Int8Array(packed.buffer, packed.byteOffset, packed.length);
  if (bytes.length !== vector.length) return 0;
  let sum = 0;
  let square = 0;
  for (let i = 0; i < bytes.length; i++) {
    sum += bytes[i]! * vector[i]!;
    square += bytes[i]! * bytes[i]!;
  }
  return square === 0 ? 0 : sum / Math.sqrt(square);
}
