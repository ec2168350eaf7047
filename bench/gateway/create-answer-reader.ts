// Reads HTTP/1.1 answers off a socket, one after the other, at as little cost as possible: the generator shares two
// cores with what it measures. Takes content-length and chunked bodies; anything else is an error, not a guess.

export type Answer = {
  status: number;
  /** The last bytes of the decoded body, at most 64. */
  tail: string;
  /** The whole decoded body, when it was asked for. */
  body: string | undefined;
};

export type AnswerReader = {
  /** Gets ready for the next answer; `keep` collects its body. */
  expect(keep: boolean): void;
  /** Takes bytes; true when the answer is complete. Throws on what is not an HTTP/1.1 answer. */
  take(bytes: Buffer): boolean;
  /** True once a byte of the body has come. */
  hasBody(): boolean;
  answer(): Answer;
};

const HEAD_END = Buffer.from('\r\n\r\n');
const TAIL_BYTES = 64;

type Head = { status: number; length: number; chunked: boolean; end: number };

/** Parses the head of an answer; undefined while it is incomplete. */
function readHead(bytes: Buffer): Head | undefined {
  const at = bytes.indexOf(HEAD_END);
  if (at < 0) return undefined;
  const text = bytes.toString('latin1', 0, at + 2).toLowerCase();
  const status = Number(text.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)\r/.exec(text);
  const chunked = text.includes('\r\ntransfer-encoding: chunked\r');
  if (!text.startsWith('http/1.1 ') || !(length || chunked))
    throw new Error(`not understood: ${text.slice(0, 200)}`);
  return { status, length: length ? Number(length[1]) : 0, chunked, end: at + 4 };
}

type Chunks = { take(bytes: Buffer, from: number): boolean };

/** Walks the chunked encoding, giving each stretch of payload to `onPayload`; true at the closing chunk. */
function createChunks(onPayload: (part: Buffer) => void): Chunks {
  let left = 0; // payload bytes of the chunk under way, and its CRLF
  let line = ''; // the size line, or a trailer line
  let closing = false;
  function takeByte(byte: number): boolean {
    if (byte !== 10) {
      if (byte !== 13) line += String.fromCharCode(byte);
      return false;
    }
    const ended = line;
    line = '';
    if (closing) return ended === '';
    const size = Number.parseInt(ended, 16);
    if (!(size >= 0)) throw new Error(`no chunk size: ${ended.slice(0, 40)}`);
    if (size === 0) closing = true;
    else left = size + 2;
    return false;
  }
  return {
    take(bytes, from) {
      for (let at = from; at < bytes.length; ) {
        if (left === 0) {
          if (takeByte(bytes[at++]!)) return true;
          continue;
        }
        const step = Math.min(left, bytes.length - at);
        const payload = Math.min(step, Math.max(0, left - 2));
        if (payload) onPayload(bytes.subarray(at, at + payload));
        left -= step;
        at += step;
      }
      return false;
    },
  };
}

/** Makes a reader for one connection. */
export function createAnswerReader(): AnswerReader {
  let head: Head | undefined;
  let early: Buffer | undefined; // an incomplete head
  let read = 0;
  let keep = false;
  let parts: Buffer[] = [];
  let chunks: Chunks;
  const onPayload = (part: Buffer) => {
    read += part.length;
    parts.push(part);
    // enough for the tail is enough, unless the body is wanted
    if (!keep && parts.length > 8) parts = [Buffer.concat(parts.slice(-8)).subarray(-TAIL_BYTES)];
  };
  return {
    expect(wanted) {
      head = early = undefined;
      read = 0;
      keep = wanted;
      parts = [];
      chunks = createChunks(onPayload);
    },
    take(fresh) {
      let from = 0;
      let bytes = fresh;
      if (!head) {
        if (early) bytes = Buffer.concat([early, fresh]);
        head = readHead(bytes);
        if (!head) {
          early = bytes;
          return false;
        }
        from = head.end;
      }
      if (head.chunked) return chunks.take(bytes, from);
      if (from < bytes.length) onPayload(bytes.subarray(from));
      return read >= head.length;
    },
    hasBody: () => read > 0,
    answer() {
      const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      const tail = all.toString('latin1', Math.max(0, all.length - TAIL_BYTES));
      return { status: head?.status ?? 0, tail, body: keep ? all.toString('utf8') : undefined };
    },
  };
}
