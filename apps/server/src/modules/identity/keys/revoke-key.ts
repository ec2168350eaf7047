// A key is revoked: it stops working with the commit, on every server, because the commit tells them all.
import { identityProblem } from '@insula/contract/identity';
import type { Actor } from '../../../platform/actor.ts';
import type { Identity } from '../create-identity.ts';
import { type ApiKey, presentKey } from './present-key.ts';
import { endKey, findKey } from './store.ts';

type Deps = Pick<Identity, 'db' | 'events' | 'clock' | 'config'>;

/** Revokes the key and announces `api_key.revoked`; throws `key_not_found`, or `key_inactive` when it was revoked before. */
export async function revokeKey(
  deps: Deps,
  actor: Actor,
  input: { workspace_id: string; key_id: string },
): Promise<ApiKey> {
  const at = {
    organizationId: actor.organization_id,
    workspaceId: input.workspace_id,
    keyId: input.key_id,
  };
  return deps.db.as(actor, async (tx) => {
    const row = await findKey(tx, { ...at, forChange: true });
    if (!row) throw identityProblem('key_not_found');
    if (row.revoked_at !== null) throw identityProblem('key_inactive');
    const ended = await endKey(tx, at, { revoked_at: new Date(deps.clock.now()) });
    await deps.events.announce(tx, actor, {
      type: 'api_key.revoked',
      subject_type: 'api_key',
      subject_id: row.id,
      workspace_id: row.workspace_id,
      details: { name: row.name },
    });
    return presentKey(deps, ended);
  });
}
