// Events: written in the transaction of the change they tell of, with everything that must commit together with it: the
// Idempotency-Key of the request, the notice to other servers, and the reactions of modules further down.
import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Actor } from '../actor.ts';
import type { PlatformTx, TenantTx } from '../db/door.ts';
import { CHANNEL } from '../db/invalidation.ts';
import { newId } from '../ids.ts';

export type EventNews = {
  /** `noun.past_verb`, such as `workspace.created`. */
  type: string;
  subject_type: string;
  subject_id: string;
  workspace_id?: string | null;
  /** What changed, without secrets; it is part of the sealed trail. */
  details?: Record<string, unknown>;
};

export type Reaction = (tx: TenantTx, actor: Actor, event: EventNews) => Promise<void>;
export type Events = ReturnType<typeof createEvents>;

/** The board on which modules announce and to whose news they react. */
export function createEvents() {
  const reactions = new Map<string, Reaction[]>();

  /** Lets a module act in the same transaction when `type` is announced in an organization. */
  function on(type: string, reaction: Reaction): void {
    reactions.set(type, [...(reactions.get(type) ?? []), reaction]);
  }

  /** Records the event in the organization's trail and tells every server that something of it changed. */
  async function announce(tx: TenantTx, actor: Actor, event: EventNews): Promise<void> {
    await record(tx as unknown as Kysely<unknown>, actor, {
      ...event,
      organization_id: actor.organization_id,
    });
    for (const reaction of reactions.get(event.type) ?? []) await reaction(tx, actor, event);
  }

  /** Records the event in the platform's own trail; `about` is the organization whose caches are to be dropped. */
  async function announceOnPlatform(
    tx: PlatformTx,
    actor: Actor,
    event: EventNews & { about?: string },
  ): Promise<void> {
    const { about, ...news } = event;
    await record(tx as unknown as Kysely<unknown>, actor, {
      ...news,
      organization_id: '00000000-0000-0000-0000-000000000000',
    });
    if (about) await sql`select pg_notify(${CHANNEL}, ${about})`.execute(tx);
  }

  return { on, announce, announceOnPlatform };
}

type Row = EventNews & { organization_id: string };

async function record(tx: Kysely<unknown>, actor: Actor, row: Row): Promise<void> {
  const event = newId();
  const requestId = actor.request_id ?? null;
  await sql`with e as (
      insert into events (organization_id, id, workspace_id, type, actor_kind, actor_id, actor_name, subject_type, subject_id, details, request_id, ip)
      values (${row.organization_id}, ${event}, ${row.workspace_id ?? null}, ${row.type}, ${actor.kind}, ${actor.id}, ${actor.name},
        ${row.subject_type}, ${row.subject_id}, ${JSON.stringify(row.details ?? {})}, ${requestId}, ${actor.ip ?? null})
    ), u as (
      insert into events_unsealed (organization_id, event_id) values (${row.organization_id}, ${event})
    ) select pg_notify(${CHANNEL}, ${row.organization_id})`.execute(tx);
  const { idempotency } = actor;
  if (!idempotency || idempotency.recorded || idempotency.place !== row.organization_id) return;
  await sql`insert into idempotency (organization_id, actor_id, key, digest)
    values (${row.organization_id}, ${actor.id ?? randomUUID()}, ${idempotency.key}, ${idempotency.digest})`.execute(
    tx,
  );
  idempotency.recorded = true;
}
