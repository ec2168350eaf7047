// A document on its way between threads: the text of its pieces stands in its Markdown already, and what is sent twice keeps the
// main thread busy twice as long.
import type { ReadDocument } from './document.ts';

/** Of each piece only what stands before its own text, which is a table's repeated header. */
export type PackedDocument = Omit<ReadDocument, 'chunks'> & {
  chunks: (Omit<ReadDocument['chunks'][number], 'text'> & { before: string })[];
};

/** Takes out of the pieces what the Markdown has. */
export function packDocument({ chunks, ...document }: ReadDocument): PackedDocument {
  const packed = chunks.map(({ text, ...chunk }) => ({
    ...chunk,
    before: text.slice(0, text.length - (chunk.end_offset - chunk.start_offset)),
  }));
  return { ...document, chunks: packed };
}

/** Puts the pieces together again. */
export function unpackDocument({ chunks, ...document }: PackedDocument): ReadDocument {
  const whole = chunks.map(({ before, ...chunk }) => ({
    ...chunk,
    text: before + document.markdown.slice(chunk.start_offset, chunk.end_offset),
  }));
  return { ...document, chunks: whole };
}
