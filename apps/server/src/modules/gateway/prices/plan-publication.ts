// What a list of prices changes: rows that say what holds already are left out, so that publishing a list twice does nothing.
import { type newPrice, priceProblem } from '@insula/contract/prices';
import type { z } from 'zod';
import type { ListedPrice } from '../ledger/index.ts';
import { readAmount } from './read-amount.ts';

export type NewPrice = z.infer<typeof newPrice>;
/** A price to be published: it has no version yet. */
export type PlannedPrice = Omit<ListedPrice, 'version' | 'organization_id' | 'source'>;
export type PlannedChange = {
  change: 'new' | 'changed' | 'withdrawn';
  before: PlannedPrice | undefined;
  after: PlannedPrice;
};
export type Plan = { changes: PlannedChange[]; unchanged: number };

/** Compares a list with the prices of the same scope; `now` (ms) is the day of rows that name none. Throws on half or doubled rows. */
export function planPublication(
  held: readonly Omit<ListedPrice, 'source'>[],
  given: readonly NewPrice[],
  now: number,
): Plan {
  const index = Map.groupBy<string, PlannedPrice & { version: number }>(held, keyOf);
  const rows = given.map((one) => completePrice(one, now)).sort((a, b) => a.valid_from - b.valid_from);
  refuseRepeated(rows);
  const plan: Plan = { changes: [], unchanged: 0 };
  for (const after of rows) {
    const known = index.get(keyOf(after)) ?? [];
    const before = latestAt(known, after.valid_from);
    const kind = kindOf(before, after);
    if (kind === undefined) {
      plan.unchanged++;
      continue;
    }
    plan.changes.push({ change: kind, before, after });
    // The rows of one list follow each other: a later one is compared with what this one makes of the model.
    index.set(keyOf(after), [...known, { ...after, version: Number.POSITIVE_INFINITY }]);
  }
  return plan;
}

function completePrice(given: NewPrice, now: number): PlannedPrice {
  const { provider, model, currency, input, output, withdrawn } = given;
  const amounts = [input, given.cached_input, output, given.reasoning];
  const isWhole = withdrawn
    ? amounts.every((one) => one === undefined)
    : input !== undefined && output !== undefined;
  if (!isWhole) throw priceProblem('price_incomplete', { provider, model });
  const amountOf = (decimal: string | undefined) => (decimal === undefined ? null : readAmount(decimal));
  return {
    provider,
    model,
    currency,
    input_micros_per_million: amountOf(input),
    cached_input_micros_per_million: amountOf(given.cached_input ?? input),
    output_micros_per_million: amountOf(output),
    reasoning_micros_per_million: amountOf(given.reasoning ?? output),
    valid_from: given.valid_from === undefined ? now : Date.parse(given.valid_from),
  };
}

function refuseRepeated(rows: PlannedPrice[]): void {
  const seen = new Set<string>();
  for (const row of rows) {
    const key = `${keyOf(row)}\n${row.valid_from}`;
    if (seen.has(key)) {
      const { provider, model } = row;
      throw priceProblem('price_repeated', {
        provider,
        model,
        valid_from: new Date(row.valid_from).toISOString(),
      });
    }
    seen.add(key);
  }
}

function latestAt(
  rows: readonly (PlannedPrice & { version: number })[],
  at: number,
): (PlannedPrice & { version: number }) | undefined {
  let latest: (PlannedPrice & { version: number }) | undefined;
  for (const row of rows) {
    if (row.valid_from > at) continue;
    const isLater =
      !latest ||
      row.valid_from > latest.valid_from ||
      (row.valid_from === latest.valid_from && row.version > latest.version);
    if (isLater) latest = row;
  }
  return latest;
}

function kindOf(before: PlannedPrice | undefined, after: PlannedPrice): PlannedChange['change'] | undefined {
  const held = before?.input_micros_per_million === null ? undefined : before;
  if (after.input_micros_per_million === null) return held ? 'withdrawn' : undefined;
  if (!held) return 'new';
  const isSame =
    held.currency === after.currency &&
    held.input_micros_per_million === after.input_micros_per_million &&
    held.cached_input_micros_per_million === after.cached_input_micros_per_million &&
    held.output_micros_per_million === after.output_micros_per_million &&
    held.reasoning_micros_per_million === after.reasoning_micros_per_million;
  return isSame ? undefined : 'changed';
}

const keyOf = ({ provider, model }: Pick<PlannedPrice, 'provider' | 'model'>) => `${provider}\n${model}`;
