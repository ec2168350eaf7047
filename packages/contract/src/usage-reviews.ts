// What is done with usage after the fact, on paper: rating calls again with the prices that hold now, and comparing the
// ledger with a provider's invoice.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const usageReviewProblems = {
  period_invalid: { status: 400, message: 'from must lie before to, and at most {days} days before.' },
  days_too_far_apart: {
    status: 400,
    message: 'The days of the invoice lie more than {days} days apart. Send it in parts.',
  },
  credential_unseen: {
    status: 403,
    message:
      'An invoice is compared with the whole organization; this credential sees single workspaces only.',
  },
  currencies_mixed: {
    status: 400,
    message: 'The invoice is in {currencies}. Compare each currency by itself.',
  },
  too_many_groups: {
    status: 400,
    message:
      'The ledger has more than {limit} combinations of key, model and day in this period. Send fewer days.',
  },
} as const;
export const usageReviewProblem = problemsOf(usageReviewProblems);

const currencyTotal = z.object({
  currency: z.string(),
  calls: z.int(),
  old_cost_micros: z.int(),
  cost_micros: z.int(),
});

/** A re-rating: how far it is, and what it changed. `id` is null in a dry run. */
export const reRating = z.object({
  id: id.nullable(),
  state: z.enum(['running', 'done', 'dry_run']),
  from: moment,
  to: moment,
  provider: z.string().nullable(),
  model: z.string().nullable(),
  only_unknown: z.boolean(),
  reason: z.string().nullable(),
  requested_by: z.string(),
  examined: z.int(),
  changed: z.int(),
  unpriced: z.int(),
  /** False in a dry run that met its bound: the figures are of the calls examined. */
  complete: z.boolean(),
  totals: z.array(currencyTotal),
  created_at: moment,
  updated_at: moment,
});

// 20,000 rows of these are still exact in sum.
const amount = z.int().min(-400_000_000_000).max(400_000_000_000);
const count = z.int().min(0).max(400_000_000_000);
/** Of the years 2000 to 2999: the database has no year 0, and after 9999 a day has no moment of four digits behind it. */
const day = z
  .string()
  .max(10)
  .regex(/^2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/, 'Give a day such as 2026-01-31, in UTC.');

/** A line of an invoice. Input includes what was cached, output includes reasoning, as providers count. */
export const invoiceRow = z.strictObject({
  credential_id: id.optional(),
  key_hint: z.string().min(1).max(100).optional(),
  model: z.string().min(1).max(256).optional(),
  day,
  calls: count.optional(),
  input_tokens: count.optional(),
  cached_input_tokens: count.optional(),
  output_tokens: count.optional(),
  cost_micros: amount.optional(),
  currency: z
    .string()
    .max(3)
    .regex(/^[A-Z]{3}$/, 'Give a currency such as USD.')
    .optional(),
});

const side = z.object({
  calls: z.int().nullable(),
  input_tokens: z.int().nullable(),
  cached_input_tokens: z.int().nullable(),
  output_tokens: z.int().nullable(),
  cost_micros: z.int().nullable(),
});
/** Ours beside theirs: drift is theirs less ours, its percentage is of ours. What one side does not say is null. */
export const comparison = z.object({
  key: z.string().nullable(),
  model: z.string().nullable(),
  day: z.string().nullable(),
  currency: z.string().nullable(),
  verdict: z.enum(['equal', 'tolerated', 'drifting', 'only_theirs', 'only_ours']),
  theirs: side,
  ours: side,
  drift: side,
  drift_percent: z.object({
    calls: z.number().nullable(),
    input_tokens: z.number().nullable(),
    output_tokens: z.number().nullable(),
    cost_micros: z.number().nullable(),
  }),
  /** Our calls whose cost is not known in this currency: it is in no sum. */
  unpriced_calls: z.int(),
});

const verdicts = z.object({
  equal: z.int(),
  tolerated: z.int(),
  drifting: z.int(),
  only_theirs: z.int(),
  only_ours: z.int(),
});
export const reconciliation = z.object({
  from: moment,
  to: moment,
  compared_by: z.array(z.enum(['key', 'model', 'day'])),
  verdicts,
  /** What only one side knows, in sum. */
  only_theirs: side,
  only_ours: side,
  totals: z.array(comparison),
  keys: z.array(comparison),
  data: z.array(comparison),
  /** Rows left out of `data`: those with the least drift. */
  omitted: z.int(),
});

const path = { organization_id: id };
const tag = 'Usage';
export const usageReviews = {
  reRate: endpoint(
    {
      method: 'POST',
      path: '/organizations/{organization_id}/usage/re-rate',
      summary: 'Rate the calls of a period again with the prices that hold now',
      tag,
    },
    { permission: 'platform:operate' },
  )
    .input(
      z.strictObject({
        ...path,
        from: moment,
        to: moment,
        provider: z.string().min(1).max(40).optional(),
        model: z.string().min(1).max(256).optional(),
        only_unknown: z.boolean().default(false),
        reason: z.string().max(500).optional(),
        dry_run: z.boolean().default(false),
      }),
    )
    .output(reRating),
  listReRatings: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/usage/re-ratings',
      summary: 'List re-ratings and how far they are',
      tag,
    },
    { permission: 'billing:read' },
  )
    .input(pageQuery.extend(path))
    .output(pageOf(reRating)),
  reconcile: endpoint(
    {
      method: 'POST',
      path: '/organizations/{organization_id}/usage/reconcile',
      summary: "Compare a provider's invoice with the ledger",
      tag,
    },
    { permission: 'billing:read', bodyLimit: 8_388_608 },
  )
    .input(
      z.strictObject({
        ...path,
        rows: z.array(invoiceRow).min(1).max(20_000),
        provider: z.string().min(1).max(40).optional(),
        /** Drift up to the larger of the two is tolerated. */
        tolerance_percent: z.number().min(0).max(100).default(1),
        tolerance_micros: z.int().min(0).max(1_000_000_000_000).default(10_000),
        /** Whether gpt-4o-2024-08-06 counts as gpt-4o on both sides. */
        merge_snapshots: z.boolean().default(true),
      }),
    )
    .output(reconciliation),
};
