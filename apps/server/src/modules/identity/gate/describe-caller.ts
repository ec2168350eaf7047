// Who a credential stands for, told to the one who presents it.
import type { auth } from '@insula/contract/identity';
import type { Actor } from '../../../platform/actor.ts';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { Identity } from '../create-identity.ts';

type Description = Awaited<ReturnType<RoutesOf<typeof auth>['me']>>;

/** The caller's kind, organization, sight and permissions; for a person the member too. */
export async function describeCaller(identity: Identity, actor: Actor): Promise<Description> {
  const entry = await identity.directory.getEntry(actor.organization_id);
  const member =
    actor.kind === 'member' && actor.id
      ? await identity.loadMember(actor.organization_id, actor.id)
      : undefined;
  const placed = [...(actor.workspace_permissions ?? [])];
  return {
    kind: actor.kind as Description['kind'],
    id: actor.id!,
    name: actor.name,
    organization: { id: entry.organization_id, slug: entry.slug, name: entry.name },
    workspaces: actor.workspaces === '*' ? null : [...actor.workspaces],
    permissions: [...actor.permissions],
    workspace_permissions: Object.fromEntries(placed.map(([id, permissions]) => [id, [...permissions]])),
    user: member ? { id: member.id, email: member.email, name: member.name, role: member.role } : null,
    session_id: actor.session_id ?? null,
  };
}
