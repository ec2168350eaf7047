// Who stands behind work that goes on without its request: a job, a run of an agent. The person or key that asked for it is
// looked up again, so that such work ends with the rights it was asked for with.
import { fixedRoles, type Permission } from '@insula/contract';
import { type Actor, actorMay, systemActor } from '../../../platform/actor.ts';
import { createTenantCache } from '../../../platform/cache/create-tenant-cache.ts';
import { findAccount } from '../accounts/store.ts';
import type { Identity } from '../create-identity.ts';
import { actorOfMember } from './authenticate-person.ts';
import { type Caller, callerOf } from './create-key-check.ts';
import { findKeyById } from './store.ts';

/** As much of an actor as is kept beside its work. */
export type Kept = Pick<Actor, 'organization_id' | 'kind' | 'id'>;
type Deps = Pick<Identity, 'db' | 'clock' | 'config' | 'directory' | 'loadMember'>;

/** Makes `recall`: what an actor may do in a workspace now; undefined when that is nothing any more. */
export function createRecall(deps: Deps) {
  const keys = createTenantCache<{ caller: Caller | undefined }>({
    invalidation: deps.db.invalidation,
    max: 20_000,
  });

  async function recallKey(organizationId: string, keyId: string): Promise<Caller | undefined> {
    const { caller } = await keys.load(organizationId, keyId, async () => {
      const row = await deps.db.as(systemActor(organizationId), (tx) =>
        findKeyById(tx, { organizationId, keyId }),
      );
      const entry = await deps.directory.getEntry(organizationId);
      return { caller: row && (await callerOf(deps, row, entry.slug)) };
    });
    return caller && caller.expires_at_ms > deps.clock.now() ? caller : undefined;
  }

  async function findPerson({ organization_id, kind, id }: Kept): Promise<Actor | undefined> {
    if (kind === 'member') {
      const member = await deps.loadMember(organization_id, id!);
      return member?.status === 'active' ? actorOfMember(member) : undefined;
    }
    const account = await deps.db.asPlatform(null, (tx) => findAccount(tx, id!));
    if (account?.status !== 'active' || !account.platform_admin) return undefined;
    const permissions = new Set<Permission>(fixedRoles.admin);
    return { kind, id, name: account.email, organization_id, workspaces: '*', permissions };
  }

  return async (kept: Kept, workspaceId: string): Promise<Caller | undefined> => {
    const { organization_id: organizationId, kind, id } = kept;
    if (id === null || !['member', 'api_key', 'operator'].includes(kind)) return undefined;
    const organization = await deps.directory.findOrganization(organizationId);
    if (organization?.status !== 'active') return undefined;
    if (kind === 'api_key') {
      const caller = await recallKey(organizationId, id);
      return caller?.workspace_id === workspaceId ? caller : undefined;
    }
    const actor = await findPerson(kept);
    if (!actor || !actorMay(actor, 'ai:query', workspaceId)) return undefined;
    return personIn(actor, workspaceId, organization.slug);
  };
}

/** A person at work in a workspace. */
export function personIn(actor: Actor, workspaceId: string, slug: string): Caller {
  return {
    kind: actor.kind as 'member' | 'operator',
    id: actor.id!,
    name: actor.name,
    organization_id: actor.organization_id,
    organization_slug: slug,
    workspace_id: workspaceId,
    permissions: new Set([...actor.permissions, ...(actor.workspace_permissions?.get(workspaceId) ?? [])]),
    scopes: [],
    mode: 'live',
    rate_limit_per_minute: null,
    rate_limits: {},
    expires_at_ms: Number.POSITIVE_INFINITY,
    actor,
  };
}
