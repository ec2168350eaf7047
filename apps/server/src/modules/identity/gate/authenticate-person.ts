// A signed-in person: the token says which session, the session and the member say what holds now. A demoted, suspended or
// removed member, and an ended session, lose everything at once whatever the token says.
import { type Permission, platformPermissions, problem } from '@insula/contract';
import { identityProblem } from '@insula/contract/identity';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { Identity } from '../create-identity.ts';
import type { MemberRecord } from './create-member-loader.ts';

type Deps = Pick<Identity, 'accessTokens' | 'sessions' | 'loadMember' | 'directory' | 'uses'>;

/** The actor behind an access token; throws `unauthenticated`, `member_suspended` or `organization_suspended`. */
export async function authenticatePerson(deps: Deps, token: string): Promise<Actor> {
  const claims = await deps.accessTokens.verify(token);
  const { tid: organizationId, sid: sessionId } = claims;
  const record = await deps.sessions({ organizationId, sessionId });
  if (!record || record.session.member_id !== claims.sub) throw problem('unauthenticated');
  const member = await deps.loadMember(organizationId, claims.sub);
  if (!member) throw problem('unauthenticated');
  const platformAdmin = record.account?.platform_admin === true && record.session.method === 'password';
  await assertMayWork(deps, member, platformAdmin);
  deps.uses.note('sessions', organizationId, sessionId);
  return {
    ...actorOfMember(member, platformAdmin),
    session_id: sessionId,
    ...(record.account ? { account_id: record.account.account_id } : {}),
  };
}

/** Throws when the member or the organization is suspended; an operator of the platform works on in a suspended organization. */
export async function assertMayWork(
  deps: Pick<Deps, 'directory'>,
  member: MemberRecord,
  platformAdmin = false,
): Promise<void> {
  const organization = await deps.directory.findOrganization(member.organization_id);
  const status = organization?.status ?? 'gone';
  if (status === 'suspended' && !platformAdmin) throw tenancyProblem('organization_suspended');
  if (status !== 'active' && status !== 'suspended') throw problem('unauthenticated');
  if (member.status !== 'active') throw identityProblem('member_suspended');
}

/** What a member may do in its own organization, as an actor. */
export function actorOfMember(member: MemberRecord, platformAdmin = false): Actor {
  const permissions: ReadonlySet<Permission> = platformAdmin
    ? new Set([...member.permissions, ...platformPermissions])
    : member.permissions;
  return {
    kind: 'member',
    id: member.id,
    name: member.email,
    organization_id: member.organization_id,
    workspaces: member.workspaces,
    permissions,
    workspace_permissions: member.workspace_permissions,
  };
}
