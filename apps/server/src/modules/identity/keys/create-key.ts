// An API key is made: its text is answered once and kept nowhere, only its digest.
import type { OwnLimits } from '@insula/contract/configuration';
import { identityProblem } from '@insula/contract/identity';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import type { Identity } from '../create-identity.ts';
import { hasWorkspace } from '../gate/store.ts';
import { assertScopesHeld, organizationPermissionsOf } from './assert-scopes-held.ts';
import { makeKeyText } from './make-key-text.ts';
import { type ApiKey, presentKey } from './present-key.ts';
import { addKey, findKey } from './store.ts';

export type NewKey = {
  workspace_id: string;
  name: string;
  mode: string;
  scopes: string[];
  rate_limit_per_minute?: number | null | undefined;
  rate_limits?: OwnLimits | undefined;
  expires_at?: string | null | undefined;
  /** Where it replaces another key: what that one could do in the whole organization. */
  organization_permissions?: string[];
};
type Deps = Pick<Identity, 'db' | 'events' | 'clock' | 'config'>;

/** Makes a key and announces `api_key.created`; throws `scope_not_held`, `expiry_past` or `workspace_not_found`. */
export async function createKey(deps: Deps, actor: Actor, input: NewKey): Promise<ApiKey & { key: string }> {
  if (input.expires_at && Date.parse(input.expires_at) <= deps.clock.now())
    throw identityProblem('expiry_past');
  return deps.db.as(actor, async (tx) => {
    const made = await insertKey(tx, { deps, actor, input });
    await deps.events.announce(tx, actor, {
      type: 'api_key.created',
      subject_type: 'api_key',
      subject_id: made.id,
      workspace_id: input.workspace_id,
      details: { name: input.name, mode: input.mode, scopes: input.scopes, expires_at: made.expires_at },
    });
    return made;
  });
}

/** The insertion itself, for transactions that are already open; announces nothing. */
export async function insertKey(
  tx: TenantTx,
  at: { deps: Deps; actor: Actor; input: NewKey },
): Promise<ApiKey & { key: string }> {
  const { deps, actor, input } = at;
  const { organization_id } = actor;
  const place = { organizationId: organization_id, workspaceId: input.workspace_id };
  if (!(await hasWorkspace(tx, place))) throw tenancyProblem('workspace_not_found');
  assertScopesHeld(actor, input.scopes, input.workspace_id);
  const { text, reference, digest } = makeKeyText(organization_id, input.mode);
  const wide = organizationPermissionsOf(actor, input.scopes);
  const row = await addKey(tx, {
    organization_id,
    id: newId(deps.clock.now()),
    workspace_id: input.workspace_id,
    name: input.name,
    mode: input.mode,
    reference,
    key_hash: digest,
    scopes: input.scopes,
    organization_permissions: wide.filter((one) => input.organization_permissions?.includes(one) ?? true),
    rate_limit_per_minute: input.rate_limit_per_minute ?? null,
    rate_limits: input.rate_limits ?? {},
    created_by: await findCreator(tx, actor),
    expires_at: input.expires_at ? new Date(input.expires_at) : null,
    revoked_at: null,
    last_used_at: null,
    created_at: new Date(deps.clock.now()),
  });
  return { ...presentKey(deps, row), key: text };
}

/** The member whose rights the key stands on: a key made with a key stands on the maker of that one. */
async function findCreator(tx: TenantTx, actor: Actor): Promise<string | null> {
  if (actor.kind === 'member') return actor.id;
  if (actor.kind !== 'api_key' || actor.id === null || actor.workspaces === '*') return null;
  const [workspaceId = ''] = actor.workspaces;
  const parent = await findKey(tx, { organizationId: actor.organization_id, workspaceId, keyId: actor.id });
  return parent?.created_by ?? null;
}
