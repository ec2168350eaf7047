// Cuts the bytes of one connection into whole protocol messages, and whole messages into batches.
// Guarantees: lets no message through that PostgreSQL would end its session for; never keeps more than `maxBytes` of something unfinished, and copies each byte at most twice.
import { CLIENT_TYPES, FLUSH, FUNCTION_CALL, QUERY, SYNC } from './wire.ts';

/** A client broke the protocol or its limits; its connection is ended, nobody else is touched. */
export class ProtocolViolation extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const MAX_STARTUP_BYTES = 10_000;

/**
 * A function that takes the next bytes and returns the messages that are complete now. Startup messages, which have no
 * type byte, begin with a zero byte. Throws ProtocolViolation when a message is announced that is over `maxBytes`.
 */
export function splitMessages(maxBytes: number): (chunk: Buffer) => Buffer[] {
  let chunks: Buffer[] = [];
  let buffered = 0;
  let needed = 8;
  let started = false;

  function measure(bytes: Buffer, at: number): number {
    const typeBytes = started ? 1 : 0;
    if (started && !CLIENT_TYPES.has(bytes[at]!)) {
      throw new ProtocolViolation('08P01', `invalid frontend message type ${bytes[at]}`);
    }
    const length = bytes.readInt32BE(at + typeBytes);
    const limit = started ? maxBytes : MAX_STARTUP_BYTES;
    if (length < (started ? 4 : 8)) throw new ProtocolViolation('08P01', 'invalid message length');
    if (length > limit) {
      throw new ProtocolViolation(
        '54000',
        `a message of ${length} bytes is over the limit of ${limit} bytes`,
      );
    }
    return typeBytes + length;
  }

  return (chunk) => {
    chunks.push(chunk);
    buffered += chunk.length;
    if (buffered < needed) return [];
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const messages: Buffer[] = [];
    let at = 0;
    for (;;) {
      needed = started ? 5 : 8;
      if (bytes.length - at < needed) break;
      needed = measure(bytes, at);
      if (bytes.length - at < needed) break;
      const message = bytes.subarray(at, at + needed);
      if (!started) started = message.readInt16BE(4) === 3;
      messages.push(message);
      at += needed;
    }
    chunks = at < bytes.length ? [bytes.subarray(at)] : [];
    buffered = bytes.length - at;
    return messages;
  };
}

/** Whether the database answers once it has read this message; what comes before belongs to the same batch. */
export function endsBatch(message: Buffer): boolean {
  const type = message[0];
  return type === QUERY || type === SYNC || type === FLUSH || type === FUNCTION_CALL;
}
