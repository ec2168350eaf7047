// Writes a list of texts and a number as bytes in exactly one way, for the associated data that ties a ciphertext to
// its place. Each part carries its length, so no two different lists give the same bytes.

/** Joins the parts; throws on text with a lone surrogate, which UTF-8 would replace and so confuse with another. */
export function bindPlace(purpose: string, parts: readonly string[], version: number): Buffer {
  if (!Number.isInteger(version) || version < 1 || version > 0xffff_ffff) {
    throw new RangeError('A key version is a whole number from 1 to 4294967295.');
  }
  const pieces: Buffer[] = [];
  for (const part of [purpose, ...parts]) {
    if (!part.isWellFormed()) throw new TypeError('A place is written in well-formed text.');
    const bytes = Buffer.from(part, 'utf8');
    pieces.push(numberBytes(bytes.length), bytes);
  }
  return Buffer.concat([...pieces, numberBytes(version)]);
}

/** Four bytes, big end first. */
export function numberBytes(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}
