// The rows of a job as lines of a file: JSONL for programs, CSV for spreadsheets, in which no cell is taken for a formula.
import type { JobRow } from './list-jobs.ts';

export type Format = 'jsonl' | 'csv';

const COLUMNS = [
  'number',
  'state',
  'answer',
  'error_code',
  'error',
  'provider',
  'model',
  'input_tokens',
  'output_tokens',
  'cost_micros',
  'currency',
  'latency_ms',
  'attempts',
  'call_id',
] as const satisfies (keyof JobRow)[];

/** The first line of a file; none for JSONL. */
export function writeHead(format: Format, variables: readonly string[]): string {
  if (format === 'jsonl') return '';
  return writeCells([
    ...COLUMNS.slice(0, 2),
    ...variables.map((name) => `input.${name}`),
    ...COLUMNS.slice(2),
  ]);
}

/** One row as a line, its end included. */
export function writeLine(format: Format, row: JobRow, variables: readonly string[]): string {
  if (format === 'jsonl') return `${JSON.stringify(row)}\n`;
  const inputs = variables.map((name) => (Object.hasOwn(row.context, name) ? row.context[name] : null));
  const [number, state, ...others] = COLUMNS.map((name) => row[name]);
  return writeCells([number, state, ...inputs, ...others]);
}

function writeCells(values: readonly unknown[]): string {
  return `${values.map(writeCell).join(',')}\r\n`;
}

/** Spreadsheets run what begins with one of these, also behind blanks. */
const FORMULA = /^\s*[=+\-@\t\r]/;

function writeCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe;
}
