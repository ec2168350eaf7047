// The ground that sweeps and the proof of isolation stand on: a server, furnished organizations of either placement, an
// operator of the platform, a provider that answers, and the owner's eyes on every row.
import { CompiledQuery } from 'kysely';
import type pg from 'pg';
import { addFirstMember, createPlatformAdmin } from '../../src/modules/identity/index.ts';
import { type Actor, PLATFORM_ORGANIZATION, systemActor } from '../../src/platform/actor.ts';
import { newId } from '../../src/platform/ids.ts';
import { type OpenAiProvider, startOpenAiProvider } from '../fakes/openai-provider.ts';
import { openIdentityGround, PASSWORD, type Person } from '../open-identity-ground.ts';
import type { WorldOptions } from '../world.ts';
import { firstOfEach, readEndpoints } from './read-endpoints.ts';
import { furnish, type Home, type Things } from './things.ts';

export type Wish = { placement?: 'pooled' | 'dedicated'; mark?: string };
export type SweepGround = Awaited<ReturnType<typeof openSweepGround>>;

const operator: Actor = { ...systemActor(PLATFORM_ORGANIZATION), kind: 'operator', name: 'operator' };

/** Opens the ground; `endpoints` are all mounted routes, `each` one for each endpoint. */
export async function openSweepGround(options: WorldOptions = {}) {
  const ground = await openIdentityGround(options);
  const provider = await startOpenAiProvider();
  const endpoints = readEndpoints(ground.app.table);
  const { admin } = ground.app.db.clusters.get('main');
  return {
    ...ground,
    provider,
    endpoints,
    each: firstOfEach(endpoints),
    newHome: (wish: Wish = {}) => newHome(ground, wish),
    furnish: (home: Home, mark: string) => furnish(ground.app, home, mark),
    join: (home: Home, role: string, person?: Person) => join(ground, home, { role, person }),
    /** The token of an operator of the platform, at home in the default organization. */
    async signInOperator(): Promise<string> {
      const email = 'operator@example.com';
      await createPlatformAdmin(ground.app.identity, { email, password: PASSWORD });
      return (await ground.signIn({ email, password: PASSWORD })).access_token;
    },
    enliven: (things: Things, person?: Person) =>
      enliven(ground, things, { provider, ...(person ? { person } : {}) }),
    /** Rows of a query made as the owner of all tables, who sees every organization. */
    rows: <R extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      queryAsOwner<R>(admin, text, values),
    async close() {
      await provider.stop();
      await ground.close();
    },
  };
}

async function queryAsOwner<R extends pg.QueryResultRow>(admin: pg.Pool, text: string, values: unknown[]) {
  const client = await admin.connect();
  try {
    await client.query('begin; set local role insula_owner');
    const { rows } = await client.query<R>(text, values);
    await client.query('commit');
    return rows;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

type Ground = Awaited<ReturnType<typeof openIdentityGround>>;

async function newHome({ app }: Ground, wish: Wish): Promise<Home> {
  const name = `${wish.mark ?? 'sweep'}-${newId()}`;
  const row = await app.tenancy.provisionOrganization(operator, {
    name,
    slug: name.slice(0, 63),
    plan_tier: 'custom',
    data_region: 'main',
    ...(wish.placement ? { placement: wish.placement } : {}),
  });
  const { organization_id } = row;
  const other = newId();
  const text = `insert into workspaces (organization_id, id, name, slug) values ($1, $2::uuid, $3, 'other-' || $2::uuid)`;
  await app.db.as({ organization_id, workspaces: '*' }, (tx) =>
    tx.executeQuery(CompiledQuery.raw(text, [organization_id, other, name])),
  );
  return {
    organization_id,
    organization_slug: row.slug,
    workspace_id: row.default_workspace_id!,
    other_workspace_id: other,
  };
}

/** Makes an account a member of an organization with a role; a new account unless one is given. */
async function join(ground: Ground, home: Home, as: { role: string; person: Person | undefined }) {
  const person = as.person ?? (await ground.newPerson());
  const account = { account_id: person.accountId, email: person.email, name: 'A person' };
  const memberId = await addFirstMember(ground.app.identity, home.organization_id, account);
  const text = 'update members set role = $3 where organization_id = $1 and id = $2';
  if (as.role !== 'admin')
    await ground.app.db.as({ organization_id: home.organization_id, workspaces: '*' }, (tx) =>
      tx.executeQuery(CompiledQuery.raw(text, [home.organization_id, memberId, as.role])),
    );
  return { ...person, memberId };
}

/** Signs an admin in and makes the things callable for real: right passwords, tokens that hold, a provider that answers. */
async function enliven(ground: Ground, things: Things, at: { provider: OpenAiProvider; person?: Person }) {
  const person = await join(ground, things, { role: 'admin', person: at.person });
  const tokens = await ground.signIn(person, things.organization_slug);
  const invitation = await ground.api('POST', `/v1/organizations/${things.organization_id}/invitations`, {
    token: tokens.access_token,
    body: { email: `${newId()}@example.com`, role: 'user' },
  });
  const provider = { provider_url: `${at.provider.origin}/v1`, provider_key: at.provider.apiKey };
  const path = `/v1/workspaces/${things.workspace_id}/credentials`;
  const body = {
    name: 'lively',
    provider: 'custom',
    base_url: provider.provider_url,
    models: ['lively-model'],
  };
  const credential = await ground.api('POST', path, {
    token: tokens.access_token,
    body: { ...body, api_key: provider.provider_key, test: false },
  });
  if (credential.status !== 201) throw new Error(credential.text);
  const share_token = await shareConversation(ground, things, {
    memberId: person.memberId,
    token: tokens.access_token,
  });
  return {
    token: tokens.access_token,
    person,
    things: {
      ...things,
      ...provider,
      share_token,
      credential_id: String(credential.body.id),
      model: 'lively-model',
      email: person.email,
      password: person.password,
      refresh_token: tokens.refresh_token,
      invitation_token: String(invitation.body.url).split('#token=')[1]!,
    },
  };
}

/** Makes the furnished conversation the person's own, and a public link to it; answers its secret. */
async function shareConversation(
  ground: Ground,
  things: Things,
  by: { memberId: string; token: string },
): Promise<string> {
  const text = 'update conversations set owner_id = $3 where organization_id = $1 and id = $2';
  await ground.app.db.as({ organization_id: things.organization_id, workspaces: '*' }, (tx) =>
    tx.executeQuery(CompiledQuery.raw(text, [things.organization_id, things.conversation_id, by.memberId])),
  );
  const path = `/v1/workspaces/${things.workspace_id}/conversations/${things.conversation_id}/shares`;
  const answer = await ground.api('POST', path, { token: by.token, body: { audience: 'public' } });
  if (answer.status !== 201) throw new Error(answer.text);
  return String(answer.body.token);
}
