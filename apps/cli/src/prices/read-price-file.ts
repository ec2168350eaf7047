// A file of prices, in one of the three layouts it may have: ours as JSON or CSV, or the public list of LiteLLM.
import { type CsvRow, readCsv } from '../tables/read-csv.ts';
import { scaleDecimal, writeScaled } from '../tables/scale-decimal.ts';
import { UsageError } from '../terminal/shell.ts';
import { readLitellm } from './read-litellm.ts';

/** A price as the API takes it. */
export type FilePrice = {
  provider: string;
  model: string;
  currency?: string;
  input?: string;
  cached_input?: string;
  output?: string;
  reasoning?: string;
  withdrawn?: boolean;
  valid_from?: string;
};
/** What was read, and in words what was left out. */
export type PriceFile = { prices: FilePrice[]; leftOut: string[] };

const COLUMNS = [
  'provider',
  'model',
  'currency',
  'input',
  'cached_input',
  'output',
  'reasoning',
  'withdrawn',
  'valid_from',
];
const AMOUNTS = ['input', 'cached_input', 'output', 'reasoning'] as const;

/** Reads the text of a price file; the layout is told from the text unless it is given. */
export function readPriceFile(text: string, layout: string | undefined): PriceFile {
  const isJson = /^\s*[[{]/.test(text);
  if (!isJson && layout !== 'litellm') return { prices: readCsv(text).map(readRow), leftOut: [] };
  const value = parse(text);
  const list = Array.isArray(value) ? value : (value as { prices?: unknown }).prices;
  if (layout !== 'litellm' && Array.isArray(list)) return { prices: list.map(readObject), leftOut: [] };
  if (layout === 'insula')
    throw new UsageError('The file holds neither a list of prices nor {"prices": […]}.');
  return readLitellm(value as Record<string, unknown>);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The file is not JSON: ${(error as Error).message}`);
  }
}

function readRow(row: CsvRow, at: number): FilePrice {
  const filled = Object.entries(row).filter(([, value]) => value !== '');
  return readObject(Object.fromEntries(filled), at);
}

function readObject(given: unknown, at: number): FilePrice {
  if (given === null || typeof given !== 'object') throw new UsageError(`Price ${at + 1} is no object.`);
  const row = { ...(given as Record<string, unknown>) };
  const unknown = Object.keys(row).find((name) => !COLUMNS.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`Price ${at + 1} has the field "${unknown}". Known are: ${COLUMNS.join(', ')}.`);
  for (const name of AMOUNTS) if (row[name] !== undefined) row[name] = exactly(String(row[name]));
  if (row.withdrawn !== undefined) row.withdrawn = String(row.withdrawn) === 'true';
  if (typeof row.valid_from === 'string' && /^\d{4}-\d\d-\d\d$/.test(row.valid_from))
    row.valid_from = `${row.valid_from}T00:00:00Z`;
  return row as FilePrice;
}

/** Six decimals and no more: a price is not rounded behind somebody's back. */
function exactly(text: string): string {
  const micros = scaleDecimal(text, 6);
  if (scaleDecimal(text, 12) !== micros * 1_000_000n)
    throw new UsageError(`"${text}" has more than six decimals: prices are per million tokens.`);
  return writeScaled(micros, 6);
}
