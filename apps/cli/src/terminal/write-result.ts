// Prints what the server answered: a table for people, JSON for programs. Nothing is left out of the JSON.
import { plainText, type Shell, UsageError } from './shell.ts';

export type Format = 'table' | 'json';
type Row = Record<string, unknown>;

const GAP = 2;
const LONGEST_CELL = 60;
const defaultWidth = 120;

/** The format asked for; a table on a terminal and JSON otherwise. */
export function formatFor({ stdout }: Pick<Shell, 'stdout'>, asked: string | undefined): Format {
  if (asked === undefined) return stdout.isTTY ? 'table' : 'json';
  if (asked === 'table' || asked === 'json') return asked;
  throw new UsageError(`--output is table or json, not "${asked}".`);
}

/** Prints an answer: lists as rows, anything else field by field. */
export function writeResult({ stdout }: Pick<Shell, 'stdout'>, result: unknown, format: Format): void {
  if (format === 'json') {
    stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const rows = (result as { data?: unknown }).data;
  const width = stdout.columns ?? defaultWidth;
  stdout.write(Array.isArray(rows) ? table(rows as Row[], width) : fields(result as Row));
}

function table(rows: Row[], width: number): string {
  if (rows.length === 0) return 'Nothing here.\n';
  const columns = chooseColumns(rows, width);
  const line = (cells: string[]) =>
    cells
      .map((cell, at) => cell.padEnd(columns[at]!.width + GAP))
      .join('')
      .trimEnd();
  const head = line(columns.map(({ name }) => name.toUpperCase()));
  return `${[head, ...rows.map((row) => line(columns.map(({ name }) => cell(row[name]))))].join('\n')}\n`;
}

/** As many columns as fit, in the order of the contract; what is the same or empty everywhere comes last. */
function chooseColumns(rows: Row[], width: number): { name: string; width: number }[] {
  const names = Object.keys(rows[0]!).filter((name) => rows.every((row) => isShort(row[name])));
  const dull = (name: string) =>
    rows.every((row) => row[name] === null || row[name] === '') ||
    (/^(organization|workspace)_id$/.test(name) && sameIn(rows, name));
  const sized = [...names.filter((name) => !dull(name)), ...names.filter(dull)].map((name) => ({
    name,
    width: Math.max(name.length, ...rows.map((row) => cell(row[name]).length)),
  }));
  let used = 0;
  const fitting = sized.filter((column) => {
    if (used + column.width > width) return false;
    used += column.width + GAP;
    return true;
  });
  return fitting.length > 0 ? fitting : sized.slice(0, 1);
}

function sameIn(rows: Row[], name: string): boolean {
  return rows.every((row) => row[name] === rows[0]![name]);
}

function isShort(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((one) => typeof one !== 'object');
  return typeof value !== 'object' || value === null;
}

function fields(row: Row): string {
  const lines = flatten(row, '');
  const width = Math.max(0, ...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width + GAP)}${value}\n`).join('');
}

function flatten(row: Row, before: string): [string, string][] {
  return Object.entries(row).flatMap(([name, value]) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isObject && Object.keys(value).length > 0) return flatten(value as Row, `${before}${name}.`);
    return [[`${before}${name}`, whole(value)] as [string, string]];
  });
}

function cell(value: unknown): string {
  const text = whole(value);
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL - 1)}…` : text;
}

function whole(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object'))
    return value.length === 0 ? '-' : plainText(value.join(', '));
  if (typeof value === 'object') return plainText(JSON.stringify(value));
  const text = String(value);
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return text.slice(0, 19).replace('T', ' ');
  return plainText(text);
}
