// Server-sent events come in chunks that end anywhere: in the middle of an event, a line, a letter. This hands out whole
// events only, as the bytes they were, and keeps the rest: bounded, and copied at most a few times however small the chunks.

export type EventCutter = {
  /** Whole events, as they came; undefined when the chunk completed none. */
  push(chunk: Buffer): Buffer | undefined;
  /** The bytes of an event that is not complete; empty when there are none. */
  rest(): Buffer;
};

const LF = 0x0a;
const CR = 0x0d;

/** Cuts a stream behind its empty lines (LF or CR LF). */
export function cutEvents(): EventCutter {
  let held = Buffer.alloc(0);
  let length = 0;

  function hold(bytes: Buffer): void {
    if (length + bytes.length > held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(4_096, 2 * (length + bytes.length)));
      held.copy(larger, 0, 0, length);
      held = larger;
    }
    bytes.copy(held, length);
    length += bytes.length;
  }

  function push(chunk: Buffer): Buffer | undefined {
    if (length === 0) {
      const end = endOfEvents(chunk, 0);
      if (end === chunk.length) return chunk;
      hold(chunk.subarray(end));
      return end > 0 ? chunk.subarray(0, end) : undefined;
    }
    const before = length;
    hold(chunk);
    const end = endOfEvents(held.subarray(0, length), before);
    if (end === 0) return undefined;
    const whole = held.subarray(0, end);
    const rest = held.subarray(end, length);
    held = Buffer.alloc(0); // what is handed out is not written to again
    length = 0;
    if (rest.length > 0) hold(rest);
    return whole;
  }

  return { push, rest: () => held.subarray(0, length) };
}

/** Just behind the last empty line whose line feed is at `from` or later; 0 when there is none. */
function endOfEvents(bytes: Buffer, from: number): number {
  for (let i = bytes.length - 1; i >= from; i--) {
    if (bytes[i] !== LF) continue;
    const before = bytes[i - 1] === CR ? i - 2 : i - 1;
    if (bytes[before] === LF) return i + 1;
  }
  return 0;
}
