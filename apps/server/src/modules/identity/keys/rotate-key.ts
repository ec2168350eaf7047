// A key is replaced by a new one with the same rights; the old one ends at once, or after an overlap in which both work.
// Whoever rotates learns the new secret, so they must hold its scopes like somebody who makes a key.
import { identityProblem } from '@insula/contract/identity';
import type { Actor } from '../../../platform/actor.ts';
import type { Identity } from '../create-identity.ts';
import { insertKey } from './create-key.ts';
import { type ApiKey, isActive } from './present-key.ts';
import { endKey, findKey } from './store.ts';

type Deps = Pick<Identity, 'db' | 'events' | 'clock' | 'config'>;

/** Makes the new key, ends the old one after `overlap_seconds`, and announces `api_key.rotated`; throws `key_not_found`, `key_inactive` or `scope_not_held`. */
export async function rotateKey(
  deps: Deps,
  actor: Actor,
  input: { workspace_id: string; key_id: string; overlap_seconds: number },
): Promise<ApiKey & { key: string }> {
  const now = deps.clock.now();
  const at = {
    organizationId: actor.organization_id,
    workspaceId: input.workspace_id,
    keyId: input.key_id,
  };
  return deps.db.as(actor, async (tx) => {
    const old = await findKey(tx, { ...at, forChange: true });
    if (!old) throw identityProblem('key_not_found');
    if (!isActive(old, now)) throw identityProblem('key_inactive');
    const expires_at = old.expires_at?.toISOString() ?? null;
    const made = await insertKey(tx, { deps, actor, input: { ...old, expires_at } });
    const ends = Math.min(
      now + input.overlap_seconds * 1_000,
      old.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
    );
    await endKey(
      tx,
      at,
      input.overlap_seconds > 0 ? { expires_at: new Date(ends) } : { revoked_at: new Date(now) },
    );
    await deps.events.announce(tx, actor, {
      type: 'api_key.rotated',
      subject_type: 'api_key',
      subject_id: old.id,
      workspace_id: old.workspace_id,
      details: { name: old.name, replaced_by: made.id, overlap_seconds: input.overlap_seconds },
    });
    return made;
  });
}
