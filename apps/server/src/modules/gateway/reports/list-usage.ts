// What was metered, for the people who pay: single calls and totals.
import { problem } from '@insula/contract';
import type { call } from '@insula/contract/gateway';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { type CallsCursor, type CallTotals, listCalls, sumCalls, type TotalsBy } from '../ledger/index.ts';

export type Call = z.infer<typeof call>;
export type Period = {
  from?: string | undefined;
  to?: string | undefined;
  workspace?: string | undefined;
  actor_id?: string | undefined;
  model?: string | undefined;
  run?: string | undefined;
};

const DAY_MS = 86_400_000;
const PERIOD_MAX_MS = 400 * DAY_MS;

/** A page of settled attempts, newest first. */
export async function listUsage(
  deps: GatewayDeps,
  actor: Actor,
  input: Period & { limit: number; cursor?: string | undefined },
): Promise<{ data: Call[]; next_cursor: string | null }> {
  const cursor = readCursor(input.cursor);
  const rows = await deps.db.as(actor, (tx) =>
    listCalls(tx, filterOf(input), { limit: input.limit + 1, ...(cursor ? { cursor } : {}) }),
  );
  const data = rows.slice(0, input.limit);
  const last = data.at(-1);
  return {
    data: data.map((row) => ({ ...row, at: new Date(row.at).toISOString() }) as unknown as Call),
    next_cursor:
      rows.length > input.limit && last
        ? Buffer.from(`${last.id}.${last.attempt}`).toString('base64url')
        : null,
  };
}

/** Totals of a period of at most 400 days (default: the last 30), split by one field if asked. */
export async function sumUsage(
  deps: GatewayDeps,
  actor: Actor,
  input: Period & { by?: TotalsBy | undefined },
): Promise<{ from: string; to: string; data: CallTotals[] }> {
  const until = input.to ? Date.parse(input.to) : deps.clock.now();
  const from = input.from ? Date.parse(input.from) : until - 30 * DAY_MS;
  if (from >= until || until - from > PERIOD_MAX_MS)
    throw problem('invalid_request', { detail: 'from must lie before to, at most 400 days.' });
  const data = await deps.db.as(actor, (tx) => sumCalls(tx, { ...filterOf(input), from, until }, input.by));
  return { from: new Date(from).toISOString(), to: new Date(until).toISOString(), data };
}

function filterOf(input: Period) {
  return {
    ...(input.from ? { from: Date.parse(input.from) } : {}),
    ...(input.to ? { until: Date.parse(input.to) } : {}),
    ...(input.workspace ? { workspace_id: input.workspace } : {}),
    ...(input.actor_id ? { actor_id: input.actor_id } : {}),
    ...(input.run ? { run_id: input.run } : {}),
    ...(input.model ? { upstream_model: input.model } : {}),
  };
}

function readCursor(cursor: string | undefined): CallsCursor | undefined {
  if (cursor === undefined) return undefined;
  const match = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,3})$/.exec(
    Buffer.from(cursor, 'base64url').toString(),
  );
  if (!match)
    throw problem('invalid_request', { detail: 'cursor: send the next_cursor of an earlier answer.' });
  return { id: match[1]!, attempt: Number(match[2]) };
}
