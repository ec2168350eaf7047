// An invoice beside the ledger: both sides summed by key, model and day as far as the invoice tells them apart, and judged.
// Money and tokens are whole numbers; only percentages are not.
import type { comparison, invoiceRow } from '@insula/contract/usage-reviews';
import type { z } from 'zod';
import type { KeySum } from './store.ts';

export type InvoiceRow = z.infer<typeof invoiceRow>;
export type Comparison = z.infer<typeof comparison>;
export type Side = Comparison['theirs'];
export type Dimension = 'key' | 'model' | 'day';
export type Tolerance = { percent: number; micros: number };

export type CompareOptions = {
  currency: string;
  tolerance: Tolerance;
  mergeSnapshots: boolean;
  /** The name of a row's key: the same for both sides. */
  keyOf(row: Pick<InvoiceRow, 'credential_id' | 'key_hint'>): string;
};

type Place = { key: string | null; model: string | null; day: string | null };
type Pair = Place & { theirs: Side | undefined; ours: Side | undefined; unpriced: number };
const FIELDS = ['calls', 'input_tokens', 'cached_input_tokens', 'output_tokens', 'cost_micros'] as const;
const JUDGED = ['input_tokens', 'output_tokens', 'cost_micros'] as const;
const SHARES = ['calls', ...JUDGED] as const;
const nothing: Side = {
  calls: null,
  input_tokens: null,
  cached_input_tokens: null,
  output_tokens: null,
  cost_micros: null,
};

/** What the rows of an invoice tell apart: a field that some row lacks is none. */
export function dimensionsOf(rows: readonly InvoiceRow[]): Dimension[] {
  const hasKey = rows.every((row) => row.credential_id !== undefined || row.key_hint !== undefined);
  const hasModel = rows.every((row) => row.model !== undefined);
  return [...(hasKey ? (['key'] as const) : []), ...(hasModel ? (['model'] as const) : []), 'day'];
}

/** Compares both sides by the dimensions given, greatest drift first. */
export function compareInvoice(
  rows: readonly InvoiceRow[],
  sums: readonly KeySum[],
  at: CompareOptions & { by: readonly Dimension[] },
): Comparison[] {
  const pairs = new Map<string, Pair>();
  const pairAt = (key: string, model: string | undefined, day: string): Pair => {
    const place: Place = {
      key: at.by.includes('key') ? key : null,
      model: at.by.includes('model') ? modelOf(model ?? '', at.mergeSnapshots) : null,
      day: at.by.includes('day') ? day : null,
    };
    const id = JSON.stringify(place);
    const pair = pairs.get(id) ?? { ...place, theirs: undefined, ours: undefined, unpriced: 0 };
    pairs.set(id, pair);
    return pair;
  };
  for (const row of rows) {
    const pair = pairAt(at.keyOf(row), row.model, row.day);
    pair.theirs = addSides(pair.theirs, row);
  }
  for (const sum of sums) {
    const own = sum.credential_id === null ? {} : { credential_id: sum.credential_id };
    const pair = pairAt(at.keyOf(own), sum.model, sum.day);
    pair.ours = addSides(pair.ours, sum);
    pair.unpriced += sum.unpriced_calls;
  }
  return [...pairs.values()].map((pair) => judge(pair, at)).sort(byDrift);
}

/** Sums one side of several comparisons; what none of them says stays null. */
export function sumSide(comparisons: readonly Comparison[], side: 'theirs' | 'ours'): Side {
  return comparisons.reduce((sum, one) => addSides(sum, one[side]), nothing);
}

/** `gpt-4o-2024-08-06` is `gpt-4o`, unless snapshots are to be told apart. */
function modelOf(model: string, mergeSnapshots: boolean): string {
  return mergeSnapshots ? model.replace(/-(\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|latest)$/, '') : model;
}

type Amounts = { [K in (typeof FIELDS)[number]]?: number | null | undefined };

function addSides(sum: Side | undefined, more: Amounts): Side {
  const added = { ...(sum ?? nothing) };
  for (const field of FIELDS) {
    const amount = more[field];
    if (amount !== undefined && amount !== null) added[field] = (added[field] ?? 0) + amount;
  }
  return added;
}

function judge(pair: Pair, { currency, tolerance }: CompareOptions): Comparison {
  const { key, model, day, unpriced } = pair;
  const theirs = pair.theirs ?? nothing;
  const ours = pair.ours ?? nothing;
  const drift = { ...nothing };
  // A side that is not there at all has used nothing; a field that the invoice does not have is not compared.
  for (const field of FIELDS) {
    const isSaid = pair.theirs ? theirs[field] !== null : true;
    if (isSaid) drift[field] = (theirs[field] ?? 0) - (ours[field] ?? 0);
  }
  const shares = SHARES.map((field) => [field, shareOf(drift[field], ours[field])] as const);
  return {
    ...{ key, model, day, currency },
    verdict: verdictOf(pair, drift, tolerance),
    ...{ theirs, ours, drift },
    drift_percent: Object.fromEntries(shares) as Comparison['drift_percent'],
    unpriced_calls: unpriced,
  };
}

/** Percent of ours, with two decimals; null where ours is nothing. */
function shareOf(drift: number | null, ours: number | null): number | null {
  if (drift === null || ours === null || ours === 0) return null;
  return Math.round((drift / ours) * 10_000) / 100;
}

function verdictOf(
  { theirs, ours }: Pair,
  drift: Side,
  { percent, micros }: Tolerance,
): Comparison['verdict'] {
  if (!ours) return 'only_theirs';
  if (!theirs) return 'only_ours';
  const said = JUDGED.filter((field) => drift[field] !== null);
  const judged = said.length > 0 ? said : (['calls'] as const);
  if (judged.every((field) => (drift[field] ?? 0) === 0)) return 'equal';
  const isTolerated = judged.every((field) => {
    const bound = (Math.abs(ours[field] ?? 0) * percent) / 100;
    return Math.abs(drift[field] ?? 0) <= (field === 'cost_micros' ? Math.max(bound, micros) : bound);
  });
  return isTolerated ? 'tolerated' : 'drifting';
}

function byDrift(a: Comparison, b: Comparison): number {
  const sizes = (one: Comparison) => [one.drift.cost_micros, one.drift.input_tokens, one.drift.calls];
  const [ofA, ofB] = [sizes(a), sizes(b)];
  for (const at of ofA.keys()) {
    const difference = Math.abs(ofB[at] ?? 0) - Math.abs(ofA[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return [a.day, a.key, a.model].join() < [b.day, b.key, b.model].join() ? -1 : 1;
}
