// A provider's invoice against the ledger. It changes nothing: what is wrong is corrected by a price and a re-rating, or with
// the provider.
import { type reconciliation, usageReviewProblem } from '@insula/contract/usage-reviews';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import {
  type CompareOptions,
  type Comparison,
  compareInvoice,
  dimensionsOf,
  type InvoiceRow,
  sumSide,
} from './compare-invoice.ts';
import { listKeyHints, sumByKey } from './store.ts';

export type Reconciliation = z.infer<typeof reconciliation>;
export type InvoiceInput = {
  rows: InvoiceRow[];
  provider?: string | undefined;
  tolerance_percent: number;
  tolerance_micros: number;
  merge_snapshots: boolean;
};

const DAY_MS = 86_400_000;
const PERIOD_MAX_DAYS = 400;
const SUMS_MAX = 50_000;
const SHOWN_MAX = 5_000;
const KEYS_MAX = 1_000;

/** Compares an invoice of at most 400 UTC days with the whole organization's calls of those days. */
export async function reconcileUsage(
  deps: Pick<GatewayDeps, 'db'>,
  actor: Actor,
  input: InvoiceInput,
): Promise<Reconciliation> {
  if (actor.workspaces !== '*') throw usageReviewProblem('credential_unseen');
  const period = periodOf(input.rows);
  const currency = currencyOf(input.rows);
  const organizationId = actor.organization_id;
  const asked = { ...period, provider: input.provider ?? null, currency, limit: SUMS_MAX + 1 };
  const { sums, hints } = await deps.db.as(actor, async (tx) => ({
    sums: await sumByKey(tx, organizationId, asked),
    hints: await listKeyHints(tx, organizationId),
  }));
  if (sums.length > SUMS_MAX) throw usageReviewProblem('too_many_groups', { limit: SUMS_MAX });
  const options: CompareOptions = {
    currency,
    tolerance: { percent: input.tolerance_percent, micros: input.tolerance_micros },
    mergeSnapshots: input.merge_snapshots,
    keyOf: nameKeys(input.rows, hints),
  };
  const by = dimensionsOf(input.rows);
  const all = compareInvoice(input.rows, sums, { ...options, by });
  const only = (verdict: Comparison['verdict']) => all.filter((one) => one.verdict === verdict);
  const count = (verdict: Comparison['verdict']) => only(verdict).length;
  return {
    from: new Date(period.from).toISOString(),
    to: new Date(period.until).toISOString(),
    compared_by: by,
    verdicts: {
      equal: count('equal'),
      tolerated: count('tolerated'),
      drifting: count('drifting'),
      only_theirs: count('only_theirs'),
      only_ours: count('only_ours'),
    },
    only_theirs: sumSide(only('only_theirs'), 'theirs'),
    only_ours: sumSide(only('only_ours'), 'ours'),
    totals: compareInvoice(input.rows, sums, { ...options, by: [] }),
    keys: by.includes('key')
      ? compareInvoice(input.rows, sums, { ...options, by: ['key'] }).slice(0, KEYS_MAX)
      : [],
    data: all.slice(0, SHOWN_MAX),
    omitted: Math.max(0, all.length - SHOWN_MAX),
  };
}

function periodOf(rows: readonly InvoiceRow[]): { from: number; until: number } {
  let [from, until] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { day } of rows) {
    const start = Date.parse(`${day}T00:00:00Z`);
    from = Math.min(from, start);
    until = Math.max(until, start + DAY_MS);
  }
  if (until - from > PERIOD_MAX_DAYS * DAY_MS)
    throw usageReviewProblem('days_too_far_apart', { days: PERIOD_MAX_DAYS });
  return { from, until };
}

function currencyOf(rows: readonly InvoiceRow[]): string {
  const currencies = [
    ...new Set(rows.filter((row) => row.cost_micros !== undefined).map((row) => row.currency ?? 'USD')),
  ];
  if (currencies.length > 1)
    throw usageReviewProblem('currencies_mixed', { currencies: currencies.join(', ') });
  return currencies[0] ?? 'USD';
}

/** Names keys alike on both sides: by the credential's id where it is certain, or else by the hint that several share. */
function nameKeys(
  rows: readonly InvoiceRow[],
  hints: readonly { id: string; secret_hint: string | null }[],
): CompareOptions['keyOf'] {
  const byHint = Map.groupBy(
    hints.filter((one) => one.secret_hint !== null),
    (one) => tailOf(one.secret_hint!),
  );
  const names = new Map<string, string>();
  for (const { key_hint: hint, credential_id: id } of rows) {
    if (hint === undefined || id !== undefined) continue;
    const alike = byHint.get(tailOf(hint)) ?? [];
    if (alike.length > 1) for (const one of alike) names.set(one.id, `hint ${tailOf(hint)}`);
  }
  return ({ credential_id: id, key_hint: hint }) => {
    if (id !== undefined) return names.get(id) ?? id;
    if (hint === undefined) return 'none';
    const [first, second] = byHint.get(tailOf(hint)) ?? [];
    if (!first) return `hint ${hint}`;
    return second ? `hint ${tailOf(hint)}` : first.id;
  };
}

/** The end of a key is all that a hint tells for certain, however the rest is left out. */
function tailOf(hint: string): string {
  return hint.slice(-4);
}
