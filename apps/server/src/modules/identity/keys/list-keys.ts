// Listing and reading the API keys of a workspace.
import { identityProblem } from '@insula/contract/identity';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { Identity } from '../create-identity.ts';
import { hasWorkspace } from '../gate/store.ts';
import { type ApiKey, presentKey } from './present-key.ts';
import { findKey, listKeys as readKeys } from './store.ts';

type Deps = Pick<Identity, 'db' | 'clock' | 'config'>;

/** A page of keys, newest first, revoked ones too; throws `workspace_not_found`. */
export async function listKeys(
  deps: Deps,
  actor: Actor,
  input: { workspace_id: string; limit: number; cursor?: string | undefined },
): Promise<{ data: ApiKey[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  return deps.db.as(actor, async (tx) => {
    if (!(await hasWorkspace(tx, place))) throw tenancyProblem('workspace_not_found');
    const rows = await readKeys(tx, { ...place, limit: input.limit, before });
    return pageOf(rows, input.limit, (row) => presentKey(deps, row));
  });
}

/** One key; throws `key_not_found`. */
export async function getKey(
  deps: Deps,
  actor: Actor,
  input: { workspace_id: string; key_id: string },
): Promise<ApiKey> {
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const row = await deps.db.as(actor, (tx) => findKey(tx, { ...place, keyId: input.key_id }));
  if (!row) throw identityProblem('key_not_found');
  return presentKey(deps, row);
}
