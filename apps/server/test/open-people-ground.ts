// The ground that tests of the rules about people stand on: members whose actors are made as the gate makes them, so that
// many rules can be tried quickly and at the same moment, on the same server that answers on the socket.
import { CompiledQuery } from 'kysely';
import { type Actor, PLATFORM_ORGANIZATION, systemActor } from '../src/platform/actor.ts';
import { newId } from '../src/platform/ids.ts';
import { openIdentityGround } from './open-identity-ground.ts';
import type { WorldOptions } from './world.ts';

type Identity = Awaited<ReturnType<typeof openIdentityGround>>['app']['identity'];
export type PeopleGround = Awaited<ReturnType<typeof openPeopleGround>>;
export type TestMember = { id: string; email: string; actor(): Promise<Actor> };
export type TestOrganization = ReturnType<typeof testOrganization>;

const operator: Actor = { ...systemActor(PLATFORM_ORGANIZATION), kind: 'operator', name: 'operator' };

/** Opens the ground: a server, and verbs' dependencies as `deps`. */
export async function openPeopleGround(options: WorldOptions = {}) {
  const ground = await openIdentityGround(options);
  const { tenancy, identity } = ground.app;
  return {
    ...ground,
    deps: identity,
    async newOrganization(given: { id?: string; workspace_id?: string; max_users?: number } = {}) {
      const row = await tenancy.provisionOrganization(operator, {
        ...given,
        name: `Test ${newId()}`,
        plan_tier: 'custom',
        data_region: 'main',
      });
      return testOrganization(identity, row.organization_id, row.default_workspace_id!);
    },
  };
}

function testOrganization(deps: Identity, id: string, workspaceId: string) {
  /** Rows of a query on the organization's tables; `$1` is the organization. */
  const rows = <R extends object>(text: string, ...values: unknown[]): Promise<R[]> =>
    deps.db.as(systemActor(id), async (tx) => {
      const { rows: found } = await tx.executeQuery<R>(CompiledQuery.raw(text, [id, ...values]));
      return found;
    });
  const readActor = async (memberId: string): Promise<Actor> => {
    const {
      email: name,
      workspaces,
      permissions,
      workspace_permissions,
    } = (await deps.loadMember(id, memberId))!;
    return {
      ...{ kind: 'member', id: memberId, name, organization_id: id },
      ...{ workspaces, permissions, workspace_permissions },
    };
  };
  return {
    ...{ id, workspaceId, rows },
    events: (type: string) =>
      rows<{ subject_id: string; details: Record<string, unknown> }>(
        'select subject_id, details from events where organization_id = $1 and type = $2 order by id',
        type,
      ),
    /** Adds a member with a role, and roles in workspaces by id. */
    async add(role: string, placed: Record<string, string> = {}): Promise<TestMember> {
      const memberId = newId();
      const email = `${role}-${memberId}@example.com`;
      await rows(addingMember, memberId, newId(), email, role);
      for (const [workspace, there] of Object.entries(placed))
        await rows(addingRole, workspace, memberId, there);
      return { id: memberId, email, actor: () => readActor(memberId) };
    },
    addWorkspace: () => withId((made) => rows(addingWorkspace, made)),
    /** An API key made by a member, as a row only. */
    addKey: (by: TestMember, workspace: string) =>
      withId((made) => rows(addingKey, made, workspace, made.slice(-8), by.id)),
    /** An open session of a member, as a row only. */
    addSession: (of: TestMember) => withId((made) => rows(addingSession, made, of.id)),
  };
}

async function withId(work: (id: string) => Promise<unknown>): Promise<string> {
  const id = newId();
  await work(id);
  return id;
}

const addingMember = `insert into members (organization_id, id, account_id, email, name, role) values ($1, $2, $3, $4, $5, $5)`;
const addingRole = `insert into workspace_members (organization_id, workspace_id, member_id, role) values ($1, $2, $3, $4)`;
const addingWorkspace = `insert into workspaces (organization_id, id, name, slug) values ($1, $2::uuid, 'w', 'w-' || $2::uuid)`;
const addingKey = `insert into api_keys (organization_id, id, workspace_id, name, mode, reference, key_hash, scopes, created_by)
  values ($1, $2, $3, 'key', 'live', $4, '\\x00', '{chat}', $5)`;
const addingSession = `insert into sessions (organization_id, id, member_id, method, refresh_seed, confirmed_at, expires_at)
  values ($1, $2, $3, 'password', '\\x00', now(), now() + interval '1 hour')`;

/** The code of the problem that `work` ends with, or `done`. */
export function outcomeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  );
}
