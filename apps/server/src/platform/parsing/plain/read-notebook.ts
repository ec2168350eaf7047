// Jupyter notebooks: the cells, and what they printed; pictures among the results are left out.
import type { Draft, Notes, Source } from '../document.ts';
import { unreadable } from '../refusal.ts';
import { decodeText } from '../text/decode-text.ts';
import { joinBlocks, writeCode } from '../text/markdown.ts';
import { parseJson } from './read-json.ts';
import { readMarkdown } from './read-text.ts';

type Cell = { cell_type?: unknown; source?: unknown; outputs?: unknown };
type Output = { text?: unknown; data?: Record<string, unknown>; evalue?: unknown };
const OUTPUT_CHARACTERS = 20_000;

/** Reads a notebook with its cells in order; throws a refusal where there are none. */
export function readNotebook(source: Source, notes: Notes): Draft {
  const book = parseJson(decodeText(source.bytes).text) as { cells?: unknown; metadata?: unknown } | null;
  if (!Array.isArray(book?.cells)) throw unreadable('it has no cells.');
  const language = languageOf(book.metadata);
  const blocks = (book.cells as Cell[]).flatMap((cell) => {
    const text = joinText(cell.source);
    if (cell.cell_type !== 'code') return [readProse(text, notes)];
    const outputs = Array.isArray(cell.outputs) ? (cell.outputs as Output[]).map(showOutput) : [];
    return [text.trim() === '' ? '' : writeCode(text, language), ...outputs];
  });
  const markdown = joinBlocks(blocks);
  return { title: /^#[ \t]+(.+)$/m.exec(markdown)?.[1], sections: [{ markdown, page: null }] };
}

function readProse(text: string, notes: Notes): string {
  return readMarkdown({ bytes: Buffer.from(text), name: '' }, notes).sections[0]?.markdown ?? '';
}

function languageOf(metadata: unknown): string {
  const known = metadata as
    | { kernelspec?: { language?: unknown }; language_info?: { name?: unknown } }
    | undefined;
  const name = known?.language_info?.name ?? known?.kernelspec?.language;
  return typeof name === 'string' ? name : 'python';
}

function joinText(value: unknown): string {
  if (Array.isArray(value)) return value.filter((line) => typeof line === 'string').join('');
  return typeof value === 'string' ? value : '';
}

function showOutput(output: Output | null): string {
  const text = joinText(output?.text) || joinText(output?.data?.['text/plain']) || joinText(output?.evalue);
  return text.trim() === '' ? '' : writeCode(text.slice(0, OUTPUT_CHARACTERS));
}
