// Tables of plain text: the separator is found, the header is the first row.
import { parse } from 'csv-parse/sync';
import type { Draft, Notes, Source } from '../document.ts';
import { limits } from '../limits.ts';
import { Refusal, unreadable } from '../refusal.ts';
import { decodeText } from '../text/decode-text.ts';
import { writeTable } from '../text/markdown.ts';

const SEPARATORS = [',', ';', '\t', '|'];

/** Reads CSV or TSV up to the limit of rows and columns; what is cut is told of. */
export function readCsv(source: Source, notes: Notes): Draft {
  const { text, encoding } = decodeText(source.bytes);
  let rows: string[][];
  try {
    rows = parse(text, {
      bom: true,
      delimiter: findSeparator(text),
      max_record_size: 1_000_000,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      to: limits.tableRows + 1,
    });
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw unreadable('a quoted cell of it does not end.');
  }
  if (rows.length > limits.tableRows) {
    rows.length = limits.tableRows;
    notes.warn(
      'rows_cut',
      `Only the first ${limits.tableRows} rows were read. Split the file to read the rest.`,
    );
  }
  if (rows.some((row) => row.length > limits.tableColumns))
    notes.warn('columns_cut', `Only the first ${limits.tableColumns} columns were read.`);
  const metadata = encoding === 'UTF-8' ? {} : { encoding };
  return { metadata, sections: [{ markdown: writeTable(rows), page: null }] };
}

/** The separator that the first lines have most often and most evenly. */
function findSeparator(text: string): string {
  const lines = text
    .slice(0, 20_000)
    .split(/\r?\n/)
    .slice(0, 20)
    .filter((line) => line !== '');
  const scores = SEPARATORS.map((separator) => {
    const counts = lines.map((line) => line.split(separator).length - 1);
    const even = counts.filter((count) => count === counts[0]).length / Math.max(1, counts.length);
    return { separator, score: (counts[0] ?? 0) > 0 ? even * 100 + Math.min(50, counts[0] ?? 0) : 0 };
  });
  return scores.reduce((best, one) => (one.score > best.score ? one : best)).separator;
}
