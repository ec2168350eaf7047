// Reads an answer into memory within its bound, also when it arrives compressed: what counts is the unpacked size.
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { problem } from './problems.ts';

const decoders = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

/** Collects a body of at most `maxBytes` after decoding; throws `egress_too_large` or `egress_unreadable`. */
export async function readAnswer(
  body: Readable,
  options: { encoding: string; maxBytes: number; host: string; signal: AbortSignal },
): Promise<Buffer> {
  const { encoding, maxBytes, host, signal } = options;
  const chunks: Buffer[] = [];
  let size = 0;
  const collect = async (parts: AsyncIterable<Buffer>) => {
    for await (const chunk of parts) {
      size += chunk.length;
      if (size > maxBytes) throw problem('egress_too_large', { host, max_bytes: maxBytes });
      chunks.push(chunk);
    }
  };
  try {
    if (encoding === '' || encoding === 'identity') await pipeline(body, collect, { signal });
    else if (Object.hasOwn(decoders, encoding)) {
      await pipeline(body, decoders[encoding as keyof typeof decoders](), collect, { signal });
    } else throw problem('egress_unreadable', { host });
  } catch (error) {
    body.on('error', () => {}).destroy();
    if (isZlibError(error)) throw problem('egress_unreadable', { host }, error);
    throw error;
  }
  return Buffer.concat(chunks, size);
}

function isZlibError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  return code.startsWith('Z_') || code.startsWith('ERR__ERROR_') || code.startsWith('ERR_BROTLI');
}
