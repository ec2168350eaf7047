// Prices of models on paper: versions that never change, for everybody or for one organization. A price is written as a
// decimal of the currency per million tokens, the way providers publish it; it is never a floating-point number.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const priceProblems = {
  price_repeated: {
    status: 400,
    message:
      'The price of {provider}/{model} from {valid_from} on stands in the list twice. Keep one of them.',
  },
  price_incomplete: {
    status: 400,
    message: 'The price of {provider}/{model} needs input and output, or "withdrawn": true and no amounts.',
  },
} as const;
export const priceProblem = problemsOf(priceProblems);

/** Currency per million tokens: at most six decimals, so that it is a whole number of micro-units. */
export const perMillion = z
  .string()
  .max(20)
  .regex(/^\d{1,9}(\.\d{1,6})?$/, 'Give a decimal such as 0.15, with at most six decimals.');
const provider = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'Give the id of a provider, such as openai.');
const model = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'A model has no spaces; * stands for all other models of the provider.');

/** A price as it is published: what is left out of the amounts is the input's or the output's. */
export const newPrice = z.strictObject({
  provider,
  model,
  currency: z
    .string()
    .max(3)
    .regex(/^[A-Z]{3}$/, 'Give a currency such as USD.')
    .default('USD'),
  input: perMillion.optional(),
  cached_input: perMillion.optional(),
  output: perMillion.optional(),
  reasoning: perMillion.optional(),
  /** Ends what held before it: an organization's own price gives way to the public one, a public one is not known any more. */
  withdrawn: z.boolean().optional(),
  valid_from: moment.optional(),
});

/** A published price; the amounts are null when it ends what held before it. */
export const price = z.object({
  version: z.int(),
  organization_id: id.nullable(),
  provider: z.string(),
  model: z.string(),
  currency: z.string(),
  input: z.string().nullable(),
  cached_input: z.string().nullable(),
  output: z.string().nullable(),
  reasoning: z.string().nullable(),
  valid_from: moment,
  source: z.string(),
});

const publication = {
  prices: z.array(newPrice).min(1).max(20_000),
  note: z.string().max(500).optional(),
  /** Only says what would change. */
  dry_run: z.boolean().default(false),
};
const change = z.object({
  change: z.enum(['new', 'changed', 'withdrawn']),
  provider: z.string(),
  model: z.string(),
  valid_from: moment,
  currency: z.string(),
  before: z
    .object({ input: z.string(), cached_input: z.string(), output: z.string(), reasoning: z.string() })
    .nullable(),
  after: z
    .object({ input: z.string(), cached_input: z.string(), output: z.string(), reasoning: z.string() })
    .nullable(),
});

/** What a publication changed: `version` is null when nothing did, or in a dry run. The first 100 changes are shown. */
const published = z.object({
  version: z.int().nullable(),
  organization_id: id.nullable(),
  dry_run: z.boolean(),
  new: z.int(),
  changed: z.int(),
  withdrawn: z.int(),
  unchanged: z.int(),
  changes: z.array(change),
});

const cursor = z.string().min(1).max(600).optional();
const filters = { provider: provider.optional(), model: model.optional() };
const operate = { permission: 'platform:operate' } as const;
const bodyLimit = 8_388_608;
const tag = 'Prices';

export const platformPrices = {
  list: endpoint({ method: 'GET', path: '/platform/prices', summary: 'List published prices', tag }, operate)
    .input(
      pageQuery.extend({
        ...filters,
        version: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
        cursor,
      }),
    )
    .output(pageOf(price)),
  publish: endpoint(
    { method: 'POST', path: '/platform/prices', summary: 'Publish a version of prices for everybody', tag },
    { ...operate, bodyLimit },
  )
    .input(z.strictObject(publication))
    .output(published),
  override: endpoint(
    {
      method: 'POST',
      path: '/platform/organizations/{organization_id}/prices',
      summary: 'Publish a version of prices for one organization',
      tag,
    },
    { ...operate, bodyLimit },
  )
    .input(z.strictObject({ organization_id: id, ...publication }))
    .output(published),
};

export const prices = {
  list: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/prices',
      summary: 'List the prices that hold for an organization',
      tag,
    },
    { permission: 'usage:read' },
  )
    .input(pageQuery.extend({ organization_id: id, ...filters, at: moment.optional(), cursor }))
    .output(pageOf(price)),
};
