// Queries on the trail. It is only ever added to; what is read is read in pages.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { ChainEvent } from '../chain/hash-event.ts';
import type { SignedCheckpoint } from '../chain/sign-checkpoint.ts';
import type { AuditTables } from './tables.ts';

const on = (tx: TenantTx) => tx.$extendTables<AuditTables>() as unknown as Kysely<AuditTables>;

/** Times leave the database with all six decimals: a JavaScript date would drop three of what is hashed. */
const exact = (column: string) =>
  sql<string>`to_char(${sql.ref(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const fields = [
  ...(['e.organization_id', 'e.id', 'e.workspace_id', 'e.type', 'e.actor_kind', 'e.actor_id'] as const),
  ...(['e.actor_name', 'e.subject_type', 'e.subject_id', 'e.details', 'e.request_id', 'e.ip'] as const),
] as const;

export type EventFilter = {
  type?: string | undefined;
  actor_id?: string | undefined;
  subject_id?: string | undefined;
  workspace_id?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};
export type EventBounds = { before?: string | undefined; from?: string | undefined; to?: string | undefined };
export type EventRow = ChainEvent & { seq: number | null };

/** A page of events, newest first; `bounds` are ids between which all of them lie. Reads one more than `limit`. */
export async function listEvents(
  tx: TenantTx,
  organizationId: string,
  page: { limit: number; bounds: EventBounds; filter: EventFilter },
): Promise<EventRow[]> {
  const { bounds, filter } = page;
  let query = on(tx)
    .selectFrom('events as e')
    .leftJoin('event_seals as s', (join) =>
      join.onRef('s.organization_id', '=', 'e.organization_id').onRef('s.event_id', '=', 'e.id'),
    )
    .select([...fields, exact('e.at').as('at'), 's.seq'])
    .where('e.organization_id', '=', organizationId);
  if (bounds.before !== undefined) query = query.where('e.id', '<', bounds.before);
  if (bounds.from !== undefined) query = query.where('e.id', '>=', bounds.from);
  if (bounds.to !== undefined) query = query.where('e.id', '<', bounds.to);
  if (filter.from !== undefined) query = query.where(sql<boolean>`e.at >= ${filter.from}::timestamptz`);
  if (filter.to !== undefined) query = query.where(sql<boolean>`e.at < ${filter.to}::timestamptz`);
  if (filter.actor_id !== undefined) query = query.where('e.actor_id', '=', filter.actor_id);
  if (filter.subject_id !== undefined) query = query.where('e.subject_id', '=', filter.subject_id);
  if (filter.workspace_id !== undefined) query = query.where(concerns(filter.workspace_id));
  if (filter.type?.endsWith('.')) query = query.where(sql<boolean>`starts_with(e.type, ${filter.type})`);
  else if (filter.type !== undefined) query = query.where('e.type', '=', filter.type);
  return query
    .orderBy('e.id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Told of at one workspace, these concern a second one as well; the wall of the trail shows them to both. */
const ofTwoWorkspaces = ['collection.shared', 'collection.unshared'];

const concerns = (workspaceId: string) => sql<boolean>`(e.workspace_id = ${workspaceId}
  or (e.type = any (${ofTwoWorkspaces}::text[]) and e.details ->> 'with_workspace_id' = ${workspaceId}))`;

/** Takes the organization's chain for this transaction; false when somebody else is sealing it. */
export async function tryChain(tx: TenantTx, organizationId: string): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`select pg_try_advisory_xact_lock(
    hashtextextended(${`seal ${organizationId}`}, 0)) as mine`.execute(tx);
  return rows[0]?.mine ?? false;
}

/** The last seal of the chain; undefined while nothing is sealed. */
export async function findHead(
  tx: TenantTx,
  organizationId: string,
): Promise<{ seq: number; hash: Buffer } | undefined> {
  return on(tx)
    .selectFrom('event_seals')
    .select(['seq', 'hash'])
    .where('organization_id', '=', organizationId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Events that wait to be sealed, oldest first; `seq` is set on those that are sealed already. */
export async function listWaiting(tx: TenantTx, organizationId: string, limit: number): Promise<EventRow[]> {
  return on(tx)
    .selectFrom('events_unsealed as u')
    .innerJoin('events as e', (join) =>
      join.onRef('e.organization_id', '=', 'u.organization_id').onRef('e.id', '=', 'u.event_id'),
    )
    .leftJoin('event_seals as s', (join) =>
      join.onRef('s.organization_id', '=', 'u.organization_id').onRef('s.event_id', '=', 'u.event_id'),
    )
    .select([...fields, exact('e.at').as('at'), 's.seq'])
    .where('u.organization_id', '=', organizationId)
    .orderBy('u.event_id')
    .limit(limit)
    .execute();
}

/** Adds seals, in one statement. */
export async function addSeals(
  tx: TenantTx,
  organizationId: string,
  seals: { seq: number; event_id: string; hash: string }[],
): Promise<void> {
  await sql`insert into event_seals (organization_id, seq, event_id, hash)
    select ${organizationId}::uuid, s.seq, s.event_id, decode(s.hash, 'hex')
    from json_to_recordset(${JSON.stringify(seals)}::json) as s(seq bigint, event_id uuid, hash text)`.execute(
    tx,
  );
}

/** Adds a checkpoint. */
export async function addCheckpoint(tx: TenantTx, checkpoint: SignedCheckpoint): Promise<void> {
  await on(tx)
    .insertInto('event_checkpoints')
    .values({ ...checkpoint, hash: Buffer.from(checkpoint.hash, 'hex') })
    .execute();
}

/** Takes events off the list of those that wait. */
export async function removeWaiting(tx: TenantTx, organizationId: string, eventIds: string[]): Promise<void> {
  await sql`delete from events_unsealed
    where organization_id = ${organizationId} and event_id = any (${eventIds}::uuid[])`.execute(tx);
}

export type SealRow = { seq: number; event_id: string; hash: Buffer; event: ChainEvent | null };

/** Seals with their events in order of the chain, from after one place up to another. */
export async function listSeals(
  tx: TenantTx,
  organizationId: string,
  range: { after: number; upTo: number; limit: number },
): Promise<SealRow[]> {
  const rows = await on(tx)
    .selectFrom('event_seals as s')
    .leftJoin('events as e', (join) =>
      join.onRef('e.organization_id', '=', 's.organization_id').onRef('e.id', '=', 's.event_id'),
    )
    .select([...fields, exact('e.at').as('at'), 's.seq', 's.event_id', 's.hash'])
    .where('s.organization_id', '=', organizationId)
    .where('s.seq', '>', range.after)
    .where('s.seq', '<=', range.upTo)
    .orderBy('s.seq')
    .limit(range.limit)
    .execute();
  return rows.map(({ seq, event_id, hash, ...event }) => ({
    seq,
    event_id,
    hash,
    event: event.id === null ? null : (event as ChainEvent),
  }));
}

/** Checkpoints in order of the chain, from after one place up to another. */
export async function listCheckpoints(
  tx: TenantTx,
  organizationId: string,
  range: { after: number; upTo: number },
): Promise<SignedCheckpoint[]> {
  const rows = await on(tx)
    .selectFrom('event_checkpoints as c')
    .select(['c.organization_id', 'c.seq', 'c.hash', 'c.signing_key', 'c.signature', exact('c.at').as('at')])
    .where('c.organization_id', '=', organizationId)
    .where('c.seq', '>', range.after)
    .where('c.seq', '<=', range.upTo)
    .orderBy('c.seq')
    .execute();
  return rows.map((row) => ({ ...row, hash: row.hash.toString('hex') }));
}

/** Where chain and checkpoints end, seen at one moment; 0 when there are none. */
export async function readEnds(
  tx: TenantTx,
  organizationId: string,
): Promise<{ seal: number; checkpoint: number }> {
  const { rows } = await sql<{ seal: number; checkpoint: number }>`select
    coalesce((select max(seq) from event_seals where organization_id = ${organizationId}), 0)::int8 as seal,
    coalesce((select max(seq) from event_checkpoints where organization_id = ${organizationId}), 0)::int8 as checkpoint`.execute(
    tx,
  );
  return rows[0] ?? { seal: 0, checkpoint: 0 };
}

export type AccountRow = { event_id: string; present: boolean; waiting: boolean; sealed: boolean };

/** A page of all ids that occur as an event or as one that waits, each with what is known of it at one moment. */
export async function listAccounts(
  tx: TenantTx,
  organizationId: string,
  page: { after: string; limit: number },
): Promise<AccountRow[]> {
  const { rows } = await sql<AccountRow>`with ids as (
      (select id as event_id from events where organization_id = ${organizationId} and id > ${page.after} order by id limit ${page.limit})
      union
      (select event_id from events_unsealed where organization_id = ${organizationId} and event_id > ${page.after} order by event_id limit ${page.limit})
      order by event_id limit ${page.limit})
    select ids.event_id,
      exists (select from events e where e.organization_id = ${organizationId} and e.id = ids.event_id) as present,
      exists (select from events_unsealed u where u.organization_id = ${organizationId} and u.event_id = ids.event_id) as waiting,
      exists (select from event_seals s where s.organization_id = ${organizationId} and s.event_id = ids.event_id) as sealed
    from ids order by ids.event_id`.execute(tx);
  return rows;
}
