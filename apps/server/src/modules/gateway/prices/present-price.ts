// A published price as the contract shows it, and the cursor of lists of prices.
import { problem } from '@insula/contract';
import type { price } from '@insula/contract/prices';
import type { z } from 'zod';
import { writeAmount } from './read-amount.ts';
import type { PriceRow } from './store.ts';

export type ShownPrice = z.infer<typeof price>;
type Amounts = Pick<
  PriceRow,
  | 'input_micros_per_million'
  | 'cached_input_micros_per_million'
  | 'output_micros_per_million'
  | 'reasoning_micros_per_million'
>;

/** The years 1 to 9999, which the database can say too; no version is beyond them. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** Presents a row of the price table. */
export function presentPrice(row: PriceRow): ShownPrice {
  const { version, organization_id, provider, model, currency, source } = row;
  return {
    version,
    organization_id,
    provider,
    model,
    currency,
    ...(presentAmounts(row) ?? { input: null, cached_input: null, output: null, reasoning: null }),
    valid_from: new Date(row.valid_from).toISOString(),
    source,
  };
}

/** The four amounts as decimals; null when there are none. */
export function presentAmounts(row: Amounts) {
  const { input_micros_per_million: input, cached_input_micros_per_million: cached } = row;
  const { output_micros_per_million: output, reasoning_micros_per_million: reasoning } = row;
  if (input === null || cached === null || output === null || reasoning === null) return null;
  return {
    input: writeAmount(input),
    cached_input: writeAmount(cached),
    output: writeAmount(output),
    reasoning: writeAmount(reasoning),
  };
}

/** Writes the cursor of a list of prices: the fields it is sorted by. */
export function writePriceCursor(fields: (string | number)[]): string {
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

/** Reads a cursor of `kinds` of fields; throws `invalid_request` when it is none of ours. */
export function readPriceCursor(
  cursor: string | undefined,
  kinds: ('string' | 'number')[],
): (string | number)[] | undefined {
  if (cursor === undefined) return undefined;
  const fields = parse(Buffer.from(cursor, 'base64url').toString());
  const isOurs =
    Array.isArray(fields) &&
    fields.length === kinds.length &&
    fields.every((field, at) =>
      kinds[at] === 'number'
        ? Number.isSafeInteger(field) && field >= FIRST_MS && field <= LAST_MS
        : typeof field === 'string' && field.length <= 300 && /^[\x20-\x7e]*$/.test(field),
    );
  if (!isOurs)
    throw problem('invalid_request', { detail: 'cursor: send the next_cursor of an earlier answer.' });
  return fields as (string | number)[];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
