// Rating the calls of a period again, with the prices that hold now for their time. The wish is written down with its event;
// then batch after batch is rated, each in a transaction with its progress, by whichever server is there.
import { usageReviewProblem } from '@insula/contract/usage-reviews';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import type { PriceWatch } from '../prices/watch-prices.ts';
import { presentReRating, type ShownReRating } from './present-re-rating.ts';
import { addTotals, rateBatch } from './rate-batch.ts';
import {
  addRatings,
  addReRating,
  beginRating,
  changeReRating,
  findReRating,
  listCallsToRate,
  type ReRatingRow,
  type Wanted,
} from './store.ts';

export type RatingDeps = Pick<GatewayDeps, 'db' | 'events' | 'clock' | 'tenancy'> & {
  prices: Pick<PriceWatch, 'find' | 'refresh'>;
};
export type ReRatingInput = {
  organizationId: string;
  from: string;
  to: string;
  provider?: string | undefined;
  model?: string | undefined;
  only_unknown: boolean;
  reason?: string | undefined;
  dry_run: boolean;
};

const DAY_MS = 86_400_000;
const PERIOD_MAX_DAYS = 400;
const BATCH_CALLS = 1_000;
const DRY_RUN_CALLS_MAX = 50_000;
/** A request answers after this long; what is left is done after it. */
const PATIENCE_MS = 5_000;

/** Begins a re-rating and works at it for some seconds; with `dry_run` only says what it would change. */
export async function reRateUsage(
  deps: RatingDeps,
  actor: Actor,
  input: ReRatingInput,
): Promise<ShownReRating> {
  const { organizationId } = input;
  await deps.tenancy.directory.getEntry(organizationId);
  const period = { from: Date.parse(input.from), until: Date.parse(input.to) };
  if (period.from >= period.until || period.until - period.from > PERIOD_MAX_DAYS * DAY_MS)
    throw usageReviewProblem('period_invalid', { days: PERIOD_MAX_DAYS });
  await deps.prices.refresh();
  if (input.dry_run) return tryReRating(deps, actor, input);
  const row = await startReRating(deps, actor, input);
  return presentReRating(await workAt(deps, row, performance.now() + PATIENCE_MS));
}

function wantedOf(input: ReRatingInput) {
  return {
    provider: input.provider ?? null,
    model: input.model ?? null,
    only_unknown: input.only_unknown,
    reason: input.reason ?? null,
  };
}

async function startReRating(deps: RatingDeps, actor: Actor, input: ReRatingInput): Promise<ReRatingRow> {
  const { organizationId, from, to } = input;
  const there = { ...actor, organization_id: organizationId, workspaces: '*' as const };
  return deps.db.as(there, async (tx) => {
    await beginRating(tx, organizationId);
    const row = await addReRating(tx, {
      organization_id: organizationId,
      id: newId(),
      from: new Date(from),
      until: new Date(to),
      ...wantedOf(input),
      requested_by: actor.name,
    });
    await deps.events.announce(tx, there, {
      type: 'usage.re_rating_requested',
      subject_type: 're_rating',
      subject_id: row.id,
      details: { from, to, ...wantedOf(input) },
    });
    return row;
  });
}

/** Rates batches until all calls are examined or the deadline (performance.now) has passed; answers how far it is. */
export async function workAt(
  deps: Pick<RatingDeps, 'db' | 'prices'>,
  row: ReRatingRow,
  deadline: number,
): Promise<ReRatingRow> {
  let latest = row;
  while (latest.state === 'running' && performance.now() < deadline) latest = await rateNext(deps, latest);
  return latest;
}

async function rateNext(
  { db, prices }: Pick<RatingDeps, 'db' | 'prices'>,
  { organization_id: organizationId, id }: ReRatingRow,
): Promise<ReRatingRow> {
  return db.as({ organization_id: organizationId, workspaces: '*' }, async (tx) => {
    await beginRating(tx, organizationId);
    // Another server may have gone on meanwhile: how far it is stands in the row.
    const row = await findReRating(tx, organizationId, id);
    if (!row) throw new Error('The re-rating is not there any more.');
    if (row.state === 'done') return row;
    const calls = await listCallsToRate(tx, organizationId, { ...row, limit: BATCH_CALLS });
    const { ratings, unpriced } = rateBatch(calls, prices, organizationId);
    if (ratings.length > 0) await addRatings(tx, { organizationId, reRatingId: id }, JSON.stringify(ratings));
    const last = calls.at(-1);
    return changeReRating(tx, {
      ...row,
      state: calls.length < BATCH_CALLS ? 'done' : 'running',
      ...(last ? { cursor_at: last.at, cursor_id: last.id, cursor_attempt: last.attempt } : {}),
      examined: row.examined + calls.length,
      changed: row.changed + ratings.length,
      unpriced: row.unpriced + unpriced,
      totals: addTotals(row.totals, ratings),
    });
  });
}

async function tryReRating(deps: RatingDeps, actor: Actor, input: ReRatingInput): Promise<ShownReRating> {
  const { organizationId } = input;
  const now = new Date(deps.clock.now());
  const period = { from_at: new Date(input.from), until_at: new Date(input.to) };
  const found = { examined: 0, changed: 0, unpriced: 0, totals: addTotals([], []) };
  let place: Pick<Wanted, 'cursor_at' | 'cursor_id' | 'cursor_attempt'> = {
    cursor_at: null,
    cursor_id: null,
    cursor_attempt: null,
  };
  let complete = false;
  while (!complete && found.examined < DRY_RUN_CALLS_MAX) {
    const wanted = { ...period, ...wantedOf(input), ...place, limit: BATCH_CALLS };
    const calls = await deps.db.as({ organization_id: organizationId, workspaces: '*' }, (tx) =>
      listCallsToRate(tx, organizationId, wanted),
    );
    const { ratings, unpriced } = rateBatch(calls, deps.prices, organizationId);
    found.examined += calls.length;
    found.changed += ratings.length;
    found.unpriced += unpriced;
    found.totals = addTotals(found.totals, ratings);
    const last = calls.at(-1);
    if (last) place = { cursor_at: last.at, cursor_id: last.id, cursor_attempt: last.attempt };
    complete = calls.length < BATCH_CALLS;
  }
  return presentReRating(
    { ...period, ...wantedOf(input), ...found, requested_by: actor.name, created_at: now, updated_at: now },
    complete,
  );
}
