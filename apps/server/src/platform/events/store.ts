// Queries of the trail: one statement for the event, its place in the queue for sealing, and the notice to other servers.
import { type Kysely, sql } from 'kysely';
import type { Actor } from '../actor.ts';
import { CHANNEL } from '../db/create-ear.ts';
import { noteChange, type PlatformTx, type TenantTx } from '../db/door.ts';

export type EventRow = {
  id: string;
  organization_id: string;
  workspace_id: string | null;
  type: string;
  subject_type: string;
  subject_id: string;
  details: Record<string, unknown>;
};

/** Records an event; other servers hear of it when the transaction commits. */
export async function addEvent(tx: TenantTx | PlatformTx, actor: Actor, row: EventRow): Promise<void> {
  await sql`with e as (
      insert into events (organization_id, id, workspace_id, type, actor_kind, actor_id, actor_name, subject_type, subject_id, details, request_id, ip)
      values (${row.organization_id}, ${row.id}, ${row.workspace_id}, ${row.type}, ${actor.kind}, ${actor.id}, ${actor.name},
        ${row.subject_type}, ${row.subject_id}, ${JSON.stringify(row.details)}, ${actor.request_id ?? null}, ${actor.ip ?? null})
    ), u as (
      insert into events_unsealed (organization_id, event_id) values (${row.organization_id}, ${row.id})
    ) select pg_notify(${CHANNEL}, ${row.organization_id})`.execute(tx as Kysely<unknown>);
  noteChange(row.organization_id);
}

/** Tells every server that something of the organization changed. */
export async function notifyOf(tx: PlatformTx, organizationId: string): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, ${organizationId})`.execute(tx);
  noteChange(organizationId);
}

/** Records that the request with this Idempotency-Key took effect; fails on the primary key when it did so already. */
export async function addIdempotency(
  tx: TenantTx | PlatformTx,
  row: { organization_id: string; actor_id: string; key: string; digest: Buffer },
): Promise<void> {
  await sql`insert into idempotency (organization_id, actor_id, key, digest)
    values (${row.organization_id}, ${row.actor_id}, ${row.key}, ${row.digest})`.execute(
    tx as Kysely<unknown>,
  );
}
