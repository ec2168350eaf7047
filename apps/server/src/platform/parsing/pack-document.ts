// A document on its way between threads. Sixty thousand pieces as objects would keep the main thread busy for a tenth of a
// second; as columns of numbers, with each heading path and repeated header once, they are there in a moment.
import type { Chunk, ReadDocument } from './document.ts';

const kinds: Chunk['kind'][] = ['text', 'table', 'code'];
/** Numbers of a piece in a row: start, end, tokens, first page, last page, kind, heading path, repeated header. */
const WIDTH = 8;
const NO_PAGE = -1;

export type PackedDocument = Omit<ReadDocument, 'chunks'> & {
  numbers: Int32Array<ArrayBuffer>;
  paths: string[][];
  /** What stands before the pieces' own text, which the Markdown has. */
  headers: string[];
};

/** Takes out of the pieces what the Markdown has, and says once what many have. */
export function packDocument({ chunks, ...document }: ReadDocument): PackedDocument {
  const numbers = new Int32Array(chunks.length * WIDTH);
  const paths = new Map<string, number>();
  const headers = new Map<string, number>();
  for (const [i, chunk] of chunks.entries()) {
    const { start_offset: start, end_offset: end } = chunk;
    const header = chunk.text.slice(0, chunk.text.length - (end - start));
    const pages = [chunk.page_start ?? NO_PAGE, chunk.page_end ?? NO_PAGE];
    const places = [numberOf(paths, JSON.stringify(chunk.heading_path)), numberOf(headers, header)];
    numbers.set([start, end, chunk.tokens, ...pages, kinds.indexOf(chunk.kind), ...places], i * WIDTH);
  }
  const lists = [...paths.keys()].map((path) => JSON.parse(path) as string[]);
  return { ...document, numbers, paths: lists, headers: [...headers.keys()] };
}

function numberOf(known: Map<string, number>, value: string): number {
  const number = known.get(value) ?? known.size;
  known.set(value, number);
  return number;
}

/** Puts the pieces together again. */
export function unpackDocument({ numbers, paths, headers, ...document }: PackedDocument): ReadDocument {
  const chunks: Chunk[] = [];
  for (let at = 0; at < numbers.length; at += WIDTH) {
    const start = numbers[at]!;
    const end = numbers[at + 1]!;
    const [first, last] = [numbers[at + 3]!, numbers[at + 4]!];
    const header = headers[numbers[at + 7]!]!;
    const own = document.markdown.slice(start, end);
    chunks.push({
      seq: chunks.length,
      text: header === '' ? own : header + own,
      kind: kinds[numbers[at + 5]!]!,
      heading_path: paths[numbers[at + 6]!]!,
      page_start: first === NO_PAGE ? null : first,
      page_end: last === NO_PAGE ? null : last,
      start_offset: start,
      end_offset: end,
      tokens: numbers[at + 2]!,
    });
  }
  return { ...document, chunks };
}
