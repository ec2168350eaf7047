// Vectors of passages as they are kept: 16-bit floats, little-endian.

/** The bytes of a vector, two for each number. */
export function encodeVector(vector: Float32Array): Buffer {
  const halves = Float16Array.from(vector);
  return Buffer.from(halves.buffer, halves.byteOffset, halves.byteLength);
}

/** The vector of some bytes that `encodeVector` made. */
export function decodeVector(bytes: Buffer): Float32Array {
  const own = Uint8Array.from(bytes); // aligned, as 16-bit numbers have to be
  return Float32Array.from(new Float16Array(own.buffer));
}
