// Events: written in the transaction of the change they tell of, with everything that must commit together with it: the
// Idempotency-Key of the request, the notice to other servers, and the reactions of modules further down.
import { type Actor, PLATFORM_ORGANIZATION } from '../actor.ts';
import type { PlatformTx, TenantTx } from '../db/door.ts';
import { newId } from '../ids.ts';
import { addEvent, addIdempotency, notifyOf } from './store.ts';

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
    await record(tx, actor, { event, organizationId: actor.organization_id });
    for (const reaction of reactions.get(event.type) ?? []) await reaction(tx, actor, event);
  }

  /** Records the event in the platform's own trail; `about` is the organization whose caches are to be dropped. */
  async function announceOnPlatform(
    tx: PlatformTx,
    actor: Actor,
    event: EventNews & { about?: string },
  ): Promise<void> {
    const { about, ...news } = event;
    await record(tx, actor, { event: news, organizationId: PLATFORM_ORGANIZATION });
    if (about) await notifyOf(tx, about);
  }

  return { on, announce, announceOnPlatform };
}

async function record(
  tx: TenantTx | PlatformTx,
  actor: Actor,
  at: { event: EventNews; organizationId: string },
): Promise<void> {
  const { event, organizationId: organization_id } = at;
  await addEvent(tx, actor, {
    ...event,
    id: newId(),
    organization_id,
    workspace_id: event.workspace_id ?? null,
    details: event.details ?? {},
  });
  const { idempotency } = actor;
  if (!idempotency || idempotency.recorded || idempotency.place !== organization_id) return;
  await addIdempotency(tx, {
    organization_id,
    actor_id: idempotency.actorId,
    key: idempotency.key,
    digest: idempotency.digest,
  });
  idempotency.recorded = true;
}
