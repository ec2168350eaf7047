// Reads along what a caller is sent, for the log: the bytes pass as they are, and so many of them are remembered.
import type { Answering } from '../relay/index.ts';

const BYTES_MAX = 262_144;

/** Begins to remember; gives what to call for the bytes, at most 256 KiB from the beginning. */
export function watchAnswer(response: Answering): () => Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: unknown) => {
    if (size >= BYTES_MAX || !(typeof chunk === 'string' || Buffer.isBuffer(chunk))) return;
    const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const bytes = Buffer.from(part.subarray(0, BYTES_MAX - size));
    chunks.push(bytes);
    size += bytes.length;
  };
  const { write, end } = response;
  response.write = ((chunk: unknown, ...rest: unknown[]) => {
    take(chunk);
    return Reflect.apply(write, response, [chunk, ...rest]);
  }) as typeof response.write;
  response.end = ((chunk: unknown, ...rest: unknown[]) => {
    take(chunk);
    return Reflect.apply(end, response, [chunk, ...rest]);
  }) as typeof response.end;
  return () => Buffer.concat(chunks);
}
