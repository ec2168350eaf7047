// Tables as text: what spreadsheets and providers export, read and written as RFC 4180 has it.
import { UsageError } from '../terminal/shell.ts';

export type CsvRow = Record<string, string>;

const ROWS_MAX = 2_000_000;

/** Reads a table whose first line names the columns; columns of a row that has fewer are empty. */
export function readCsv(text: string): CsvRow[] {
  const [head, ...lines] = splitCells(text.replace(/^\ufeff/, ''));
  if (!head || head.length < 2) throw new UsageError('The first line of a CSV file names its columns.');
  const names = head.map((name) => name.trim().toLowerCase());
  if (new Set(names).size < names.length) throw new UsageError('Two columns of the file have the same name.');
  return lines.map((cells, at) => {
    if (cells.length > names.length)
      throw new UsageError(
        `Line ${at + 2} has ${cells.length} cells and the first line only ${names.length}.`,
      );
    return Object.fromEntries(names.map((name, column) => [name, (cells[column] ?? '').trim()]));
  });
}

/** Writes a table; texts that a spreadsheet would take for a formula are marked as text. */
export function writeCsv(rows: Record<string, string | number | null>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const line = (cells: (string | number | null)[]) => `${cells.map(writeCell).join(',')}\n`;
  return [names, ...rows.map((row) => names.map((name) => row[name] ?? null))].map(line).join('');
}

function writeCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const isNumber = /^-?\d+(\.\d+)?$/.test(value);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function splitCells(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  // A cell in quotes (with doubled quotes inside) or without, and what ends it.
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/y;
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text);
    if (!found)
      throw new UsageError(`Line ${rows.length + 1} of the file cannot be read: a quote is out of place.`);
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === ',') {
      if (cell.lastIndex === text.length) row.push('');
      else continue;
    }
    if (row.some((one) => one !== '')) rows.push(row);
    if (rows.length > ROWS_MAX) throw new UsageError(`The file has more than ${ROWS_MAX} lines.`);
    row = [];
  }
  if (row.some((one) => one !== '')) rows.push(row);
  return rows;
}
