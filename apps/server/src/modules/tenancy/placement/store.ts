// Queries on the journal of moves, and on the ledger's rows of an organization that moved to another cluster.
import { type Kysely, sql } from 'kysely';
import type { PlatformTx, TenantTx } from '../../../platform/db/door.ts';
import type { OwnerTx } from '../../../platform/db/owner.ts';
import type { DirectoryTables } from '../tables.ts';

/**
 * copying, undoing: the source is the organization's home. switching: it is on the way, and the residents' registers tell.
 * cleaning, draining, done: the target is.
 */
export type MoveStep = 'copying' | 'switching' | 'undoing' | 'cleaning' | 'draining' | 'done';

export type MoveRow = {
  id: string;
  organization_id: string;
  from_cluster: string;
  from_schema: string;
  from_role: string;
  to_cluster: string;
  to_placement: string;
  step: string;
  state: string;
  rows: number;
  blocked_ms: number;
  error: string | null;
  started_at: Date;
  ended_at: Date | null;
};

const columns = [
  'id',
  'organization_id',
  'from_cluster',
  'from_schema',
  'from_role',
  'to_cluster',
  'to_placement',
  'step',
  'state',
  'rows',
  'blocked_ms',
  'error',
  'started_at',
  'ended_at',
] as const;
const on = (tx: PlatformTx) => tx.$extendTables<DirectoryTables>() as unknown as Kysely<DirectoryTables>;

/** The last move of an organization. */
export async function findMove(tx: PlatformTx, organizationId: string): Promise<MoveRow | undefined> {
  return on(tx)
    .selectFrom('moves')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
}

/** Moves that somebody has to finish: under way, or with calls in flight that settle where the organization was. */
export async function listUnfinishedMoves(tx: PlatformTx): Promise<MoveRow[]> {
  return on(tx)
    .selectFrom('moves')
    .select(columns)
    .where((e) => e.or([e('state', '=', 'running'), e('step', '=', 'draining')]))
    .orderBy('organization_id')
    .execute();
}

/** Opens the journal of a move in place of an earlier one's. */
export async function addMove(
  tx: PlatformTx,
  move: Omit<MoveRow, 'state' | 'step' | 'rows' | 'blocked_ms' | 'error' | 'started_at' | 'ended_at'>,
): Promise<MoveRow> {
  await on(tx).deleteFrom('moves').where('organization_id', '=', move.organization_id).execute();
  return on(tx)
    .insertInto('moves')
    .values({ ...move, state: 'running', step: 'copying' })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

/** Writes down how far a move is; false when it is at none of the steps expected. */
export async function changeMove(
  tx: PlatformTx,
  at: { id: string; steps: MoveStep[] },
  change: Partial<Pick<MoveRow, 'step' | 'state' | 'rows' | 'blocked_ms' | 'error' | 'ended_at'>>,
): Promise<boolean> {
  const done = await on(tx)
    .updateTable('moves')
    .set(change)
    .where('id', '=', at.id)
    .where('step', 'in', at.steps)
    .executeTakeFirst();
  return (done.numUpdatedRows ?? 0n) > 0n;
}

/** Writes the point of no return down, inside the transaction that shuts the source; false when the move was undone meanwhile. */
export async function markSwitching(tx: OwnerTx, id: string, rows: number): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update platform.moves set step = 'switching', rows = $2 where id = $1 and step = 'copying' and state = 'running'`,
    [id, rows],
  );
  return rowCount === 1;
}

/** Begins to undo a move; false when it is past the point of no return. To be asked while the source is seen to be the home. */
export async function markUndoing(tx: OwnerTx, id: string, reason: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update platform.moves set step = 'undoing', error = $2
      where id = $1 and step in ('copying', 'switching', 'undoing') and state = 'running'`,
    [id, reason],
  );
  return rowCount === 1;
}

/** Whether the organization's own trail tells of the move already. */
export async function isAnnounced(
  tx: TenantTx,
  at: { organizationId: string; moveId: string },
): Promise<boolean> {
  const { rows } = await sql`select from events where organization_id = ${at.organizationId}
    and type = 'organization.moved' and details ->> 'move' = ${at.moveId} limit 1`.execute(tx);
  return rows.length > 0;
}

/** Attempts at model calls that are settled, with intent and settlement in the database's own text of a row. */
export type LedgerBatch = { at: string[]; id: string[]; attempt: number[]; rows: string[] };

/** At most 500 settled attempts after the last of `after`, oldest first. */
export async function readLedgerBatch(
  tx: OwnerTx,
  organizationId: string,
  after: LedgerBatch | undefined,
): Promise<LedgerBatch> {
  const last = (list: (string | number)[] | undefined) => list?.at(-1) ?? null;
  const found = await tx.query<{ at: string; id: string; attempt: number }>(
    `select at::text as at, id, attempt from ledger.entries where organization_id = $1 and phase > 0
      and ($2::timestamptz is null or (at, id, attempt) > ($2::timestamptz, $3::uuid, $4::smallint))
      order by at, id, attempt limit 500`,
    [organizationId, last(after?.at), last(after?.id), last(after?.attempt)],
  );
  const batch = {
    at: found.rows.map((row) => row.at),
    id: found.rows.map((row) => row.id),
    attempt: found.rows.map((row) => row.attempt),
  };
  const { rows } = await tx.query<{ row: string }>(
    `select one::text as row from unnest($1::timestamptz[], $2::uuid[], $3::smallint[]) k (at, id, attempt)
      join ledger.entries one on one.at = k.at and one.id = k.id and one.attempt = k.attempt
      where one.organization_id = $4`,
    [batch.at, batch.id, batch.attempt, organizationId],
  );
  return { ...batch, rows: rows.map(({ row }) => row) };
}

/** Adds attempts to this cluster's ledger; those it has already stay as they are. */
export async function addLedgerBatch(tx: OwnerTx, batch: LedgerBatch): Promise<void> {
  await tx.query(
    'insert into ledger.entries select one.* from unnest($1::ledger.entries[]) one on conflict do nothing',
    [batch.rows],
  );
}

/** Takes attempts out of this cluster's ledger: they stand in another one. */
export async function deleteLedgerBatch(
  tx: OwnerTx,
  organizationId: string,
  batch: LedgerBatch,
): Promise<void> {
  await tx.query(
    `delete from ledger.entries one using unnest($1::timestamptz[], $2::uuid[], $3::smallint[]) k (at, id, attempt)
      where one.at = k.at and one.id = k.id and one.attempt = k.attempt and one.organization_id = $4`,
    [batch.at, batch.id, batch.attempt, organizationId],
  );
}

/** Ratings of calls, and the re-ratings they are from, in the database's own text of a row; `last` is the last rating. */
export type RatingBatch = { ratings: string[]; reRatings: string[]; last: string | null };

/** At most 500 ratings after the last of `after`, in the order of their keys, and all re-ratings. */
export async function readRatingBatch(
  tx: OwnerTx,
  organizationId: string,
  after: RatingBatch | undefined,
): Promise<RatingBatch> {
  const found = await tx.query<{ row: string }>(
    `select one::text as row from ledger.ratings one
      where one.organization_id = $1 and ($2::text is null or (one.at, one.id, one.attempt, one.number) >
        (select (r.r).at, (r.r).id, (r.r).attempt, (r.r).number from (select $2::ledger.ratings as r) r))
      order by one.at, one.id, one.attempt, one.number limit 500`,
    [organizationId, after?.last ?? null],
  );
  const wishes = await tx.query<{ row: string }>(
    'select one::text as row from ledger.re_ratings one where one.organization_id = $1',
    [organizationId],
  );
  return {
    ratings: found.rows.map(({ row }) => row),
    reRatings: wishes.rows.map(({ row }) => row),
    last: found.rows.at(-1)?.row ?? after?.last ?? null,
  };
}

/** Adds ratings to this cluster's ledger; those it has already stay as they are. */
export async function addRatingBatch(tx: OwnerTx, batch: RatingBatch): Promise<void> {
  await tx.query(
    'insert into ledger.re_ratings select one.* from unnest($1::ledger.re_ratings[]) one on conflict do nothing',
    [batch.reRatings],
  );
  await tx.query(
    'insert into ledger.ratings select one.* from unnest($1::ledger.ratings[]) one on conflict do nothing',
    [batch.ratings],
  );
}

/** Takes ratings out of this cluster's ledger: they stand in another one. */
export async function deleteRatings(tx: OwnerTx, organizationId: string): Promise<void> {
  await tx.query('delete from ledger.ratings where organization_id = $1', [organizationId]);
  await tx.query('delete from ledger.re_ratings where organization_id = $1', [organizationId]);
}

/** Calls of the last quarter of an hour that are not settled yet. */
export async function countCallsUnderWay(tx: OwnerTx, organizationId: string): Promise<number> {
  const { rows } = await tx.query<{ n: number }>(
    `select count(*) as n from ledger.entries i where i.phase = 0 and i.organization_id = $1
      and i.recorded_at > now() - interval '15 minutes' and not exists (select from ledger.entries s
        where s.at = i.at and s.id = i.id and s.attempt = i.attempt and s.phase > 0)`,
    [organizationId],
  );
  return rows[0]!.n;
}
