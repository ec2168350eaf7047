// A provider's invoice or usage export as the rows the API compares: one a key, model and UTC day, however finely it was cut.
// Costs are added up exactly and rounded to micro-units once.
import { type CsvRow, readCsv } from '../tables/read-csv.ts';
import { divide, scaleDecimal } from '../tables/scale-decimal.ts';
import { UsageError } from '../terminal/shell.ts';

/** A row as the API takes it. */
export type FileRow = {
  credential_id?: string;
  key_hint?: string;
  model?: string;
  day: string;
  calls?: number;
  input_tokens?: number;
  cached_input_tokens?: number;
  output_tokens?: number;
  cost_micros?: number;
  currency?: string;
};
type Fields = Record<string, unknown>;
type Sum = { place: FileRow; counts: Map<Count, number>; cost: bigint | undefined };

const COUNTS = ['calls', 'input_tokens', 'cached_input_tokens', 'output_tokens'] as const;
type Count = (typeof COUNTS)[number];
/** Our names, and those of OpenAI's usage and costs exports. */
const NAMES: Record<string, string[]> = {
  calls: ['calls', 'num_model_requests'],
  input_tokens: ['input_tokens'],
  cached_input_tokens: ['cached_input_tokens', 'input_cached_tokens'],
  output_tokens: ['output_tokens'],
  cost: ['cost', 'amount_value', 'amount.value'],
  currency: ['currency', 'amount_currency', 'amount.currency'],
  key: ['key_hint', 'api_key_id'],
};
/** A trillionth of the currency: fine enough to add up what an invoice cuts into minutes. */
const PLACES = 12;

/** Reads an invoice; `keys` are credentials by the names their keys have at the provider. */
export function readInvoice(text: string, keys: ReadonlyMap<string, string>): FileRow[] {
  const sums = new Map<string, Sum>();
  for (const fields of listFields(text)) {
    const place = placeOf(fields, keys);
    const id = JSON.stringify(place);
    const sum: Sum = sums.get(id) ?? { place, counts: new Map(), cost: undefined };
    sums.set(id, sum);
    for (const name of COUNTS) {
      const given = pick(fields, name);
      if (given !== undefined) sum.counts.set(name, (sum.counts.get(name) ?? 0) + readCount(name, given));
    }
    const cost = pick(fields, 'cost');
    if (cost !== undefined) sum.cost = (sum.cost ?? 0n) + scaleDecimal(cost, PLACES);
  }
  if (sums.size === 0) throw new UsageError('There is no row in the file.');
  return [...sums.values()].map(writeRow);
}

function writeRow({ place, counts, cost }: Sum): FileRow {
  const { currency, ...rest } = place;
  return {
    ...rest,
    ...Object.fromEntries(counts),
    ...(cost === undefined
      ? {}
      : { cost_micros: Number(divide(cost, 10n ** BigInt(PLACES - 6))), ...(currency ? { currency } : {}) }),
  };
}

/** Rows of a CSV file, of a JSON list, or the results in the buckets of OpenAI's export. */
function listFields(text: string): Fields[] {
  if (!/^\s*[[{]/.test(text)) return readCsv(text) satisfies CsvRow[];
  const value = parse(text) as Fields | Fields[];
  const list = Array.isArray(value) ? value : ((value.rows ?? value.data) as Fields[] | undefined);
  if (!Array.isArray(list)) throw new UsageError('The file holds neither a list of rows nor {"data": […]}.');
  return list.flatMap((one) => {
    if (!Array.isArray(one.results)) return [one];
    return (one.results as Fields[]).map((result) => ({ start_time: one.start_time, ...flatten(result) }));
  });
}

function flatten(fields: Fields): Fields {
  const { amount } = fields;
  if (amount === null || typeof amount !== 'object') return fields;
  const { value, currency } = amount as Fields;
  return { ...fields, 'amount.value': value, 'amount.currency': currency };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The file is not JSON: ${(error as Error).message}`);
  }
}

function placeOf(fields: Fields, keys: ReadonlyMap<string, string>): FileRow {
  const given = pick(fields, 'key');
  const credential = textOf(fields.credential_id) ?? (given === undefined ? undefined : keys.get(given));
  const model = textOf(fields.model) ?? textOf(fields.line_item)?.split(',')[0]?.trim();
  const currency = pick(fields, 'currency')?.toUpperCase();
  return {
    ...(credential === undefined
      ? given === undefined
        ? {}
        : { key_hint: given }
      : { credential_id: credential }),
    ...(model ? { model } : {}),
    day: dayOf(fields),
    ...(currency === undefined ? {} : { currency }),
  };
}

/** The UTC day of a row: named, or the one in which its bucket starts (seconds since the epoch, or a moment). */
function dayOf(fields: Fields): string {
  const day = textOf(fields.day) ?? textOf(fields.date);
  if (day !== undefined && /^\d{4}-\d\d-\d\d$/.test(day)) return day;
  const start = textOf(fields.start_time);
  const ms =
    start !== undefined && /^\d{9,11}$/.test(start)
      ? Number(start) * 1_000
      : Date.parse(textOf(fields.start_time_iso) ?? start ?? day ?? '');
  if (Number.isNaN(ms)) throw new UsageError('A row names no day: add a column "day" such as 2026-01-31.');
  return new Date(ms).toISOString().slice(0, 10);
}

function pick(fields: Fields, name: string): string | undefined {
  for (const known of NAMES[name]!) {
    const text = textOf(fields[known]);
    if (text !== undefined) return text;
  }
  return undefined;
}

function textOf(value: unknown): string | undefined {
  return value === null || value === undefined || value === '' ? undefined : String(value);
}

function readCount(name: string, text: string): number {
  if (!/^\d{1,12}(\.0+)?$/.test(text))
    throw new UsageError(`${name}: "${text.slice(0, 40)}" is not a whole number.`);
  return Number(text);
}
