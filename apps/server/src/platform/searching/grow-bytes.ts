// Bytes that grow as they are written, for sections whose size is not known before.

export type GrowingBytes = {
  readonly length: number;
  byte(value: number): void;
  /** A whole number from 0 to 2^32 - 1 in as many groups of seven bits as it needs. */
  number(value: number): void;
  append(bytes: Uint8Array): void;
  /** What was written; valid until the next write. */
  view(): Uint8Array;
};

/** Begins with room for `capacity` bytes. */
export function growBytes(capacity = 1 << 16): GrowingBytes {
  let bytes = new Uint8Array(capacity);
  let length = 0;
  const room = (more: number) => {
    if (length + more <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, length + more));
    larger.set(bytes.subarray(0, length));
    bytes = larger;
  };
  return {
    get length() {
      return length;
    },
    byte(value) {
      room(1);
      bytes[length++] = value;
    },
    number(value) {
      room(5);
      let rest = value;
      while (rest > 127) {
        bytes[length++] = (rest & 127) | 128;
        rest >>>= 7;
      }
      bytes[length++] = rest;
    },
    append(more) {
      room(more.length);
      bytes.set(more, length);
      length += more.length;
    },
    view: () => bytes.subarray(0, length),
  };
}
