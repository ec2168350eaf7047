// Money budgets on paper: how much an organization, one of its workspaces or one API key may spend on model calls in a period.
// A call's worst case is reserved before it is made, in the database, so that a budget holds with any number of servers.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { currency, id, moment, name, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const budgetProblems = {
  budget_not_found: { status: 404, message: 'There is no such budget here.' },
  budget_scope_invalid: {
    status: 400,
    message: 'A budget of scope "{scope}" names {needs}.',
  },
  budget_key_not_found: { status: 404, message: 'There is no such API key here.' },
  too_many_budgets: {
    status: 409,
    message: 'An organization has at most {limit} budgets. Remove one first.',
  },
} as const;
export const budgetProblem = problemsOf(budgetProblems);

const amount = z.int().min(0).max(1_000_000_000_000_000);
const thresholds = z
  .array(z.int().min(1).max(100))
  .max(10)
  .refine((given) => new Set(given).size === given.length, 'Name each threshold once.');
const unknownPrice = z.enum(['refuse', 'allow']);
const scope = z.enum(['organization', 'workspace', 'api_key']);
const period = z.enum(['day', 'week', 'month', 'total']);

/** A budget with what is spent and reserved of its current period; all amounts are micro-units of `currency`. */
export const budget = z.object({
  id,
  name,
  scope,
  workspace_id: id.nullable(),
  api_key_id: id.nullable(),
  amount_micros: z.int(),
  currency: z.string(),
  period,
  thresholds: z.array(z.int()),
  unknown_price: unknownPrice,
  spent_micros: z.int(),
  reserved_micros: z.int(),
  remaining_micros: z.int(),
  period_start: moment,
  resets_at: moment.nullable(),
  created_at: moment,
  updated_at: moment,
});

const path = '/organizations/{organization_id}/budgets';
const one = `${path}/{budget_id}` as const;
const tag = 'Budgets';
const place = z.strictObject({ organization_id: id, budget_id: id });
const mayRead = { permission: 'usage:read' } as const;
const mayWrite = { permission: 'configuration:write' } as const;

export const budgets = {
  list: endpoint({ method: 'GET', path, summary: 'List budgets', tag }, mayRead)
    .input(pageQuery.extend({ organization_id: id }))
    .output(pageOf(budget)),
  create: endpoint({ method: 'POST', path, summary: 'Set a budget', tag, status: 201 }, mayWrite)
    .input(
      z.strictObject({
        organization_id: id,
        name,
        scope,
        workspace_id: id.optional(),
        api_key_id: id.optional(),
        amount_micros: amount,
        currency: currency.regex(/^[A-Z]{3}$/, 'Give a currency such as USD.').default('USD'),
        period,
        thresholds: thresholds.default([80, 100]),
        unknown_price: unknownPrice.default('refuse'),
      }),
    )
    .output(budget),
  get: endpoint({ method: 'GET', path: one, summary: 'Read a budget', tag }, mayRead)
    .input(place)
    .output(budget),
  change: endpoint({ method: 'PATCH', path: one, summary: 'Change a budget', tag }, mayWrite)
    .input(
      place.extend({
        name: name.optional(),
        amount_micros: amount.optional(),
        thresholds: thresholds.optional(),
        unknown_price: unknownPrice.optional(),
      }),
    )
    .output(budget),
  remove: endpoint({ method: 'DELETE', path: one, summary: 'Remove a budget', tag }, mayWrite)
    .input(place)
    .output(z.object({ id, deleted: z.literal(true) })),
};
