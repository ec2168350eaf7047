// The ground that tests of signing in, sessions, keys and the gate stand on: the whole server on a socket, a clock that the
// test moves, and people with real passwords.
import { Problem } from '@insula/contract';
import { CompiledQuery } from 'kysely';
import type { App } from '../src/app.ts';
import { addFirstMember, createAccount } from '../src/modules/identity/index.ts';
import { type Actor, PLATFORM_ORGANIZATION, systemActor } from '../src/platform/actor.ts';
import { newId } from '../src/platform/ids.ts';
import { createGround, startServer, type WorldOptions } from './world.ts';

export type Answer = { status: number; body: Record<string, unknown>; text: string; headers: Headers };
export type Ask = { token?: string; body?: unknown; headers?: Record<string, string> };
export type Api = (method: string, path: string, ask?: Ask) => Promise<Answer>;
export type Tokens = {
  access_token: string;
  refresh_token: string;
  organization: { id: string; slug: string };
  user: { id: string };
};
export type Person = { email: string; password: string; accountId: string };
export type Place = {
  id: string;
  slug: string;
  workspaceId: string;
  /** Makes a new account a member with this role. */
  join(role: string, person?: Person): Promise<Person & { memberId: string }>;
  rows<R extends object>(text: string, ...values: unknown[]): Promise<R[]>;
  events(
    type: string,
  ): Promise<
    { subject_id: string; details: Record<string, unknown>; actor_name: string; ip: string | null }[]
  >;
};

/** The password of everybody here. */
export const PASSWORD = 'blue kettle over nine hills';

const operator: Actor = { ...systemActor(PLATFORM_ORGANIZATION), kind: 'operator', name: 'operator' };

export type IdentityGround = Awaited<ReturnType<typeof openIdentityGround>>;

/** Opens the ground; `clock.advance` moves the time of the server. */
export async function openIdentityGround(options: WorldOptions = {}) {
  const clock = createTestClock();
  const ground = await createGround(options);
  const server = await startServer(ground, { ...options, clock });
  const { app } = server;
  const api = apiAt(server.url);

  return {
    app,
    api,
    clock,
    ground,
    url: server.url,
    newPerson: (email?: string) => newPerson(app, email),
    newPlace: () => newPlace(app),
    /** Signs in and throws unless that worked. */
    async signIn(person: { email: string; password: string }, organization?: string): Promise<Tokens> {
      const { email, password } = person;
      const body = { email, password, ...(organization ? { organization } : {}) };
      const answer = await api('POST', '/v1/auth/login', { body });
      if (answer.status !== 200) throw new Error(answer.text);
      return answer.body as Tokens;
    },
    /** Rows of the platform's own tables. */
    platformRows: <R extends object>(text: string, ...values: unknown[]) =>
      app.db.asPlatform(null, async (tx) => (await tx.executeQuery<R>(CompiledQuery.raw(text, values))).rows),
    async close() {
      await server.close();
      await ground.clear();
    },
  };
}

function createTestClock() {
  let aheadMs = 0;
  let stoodAt: number | undefined;
  return {
    now: () => (stoodAt ?? Date.now()) + aheadMs,
    advance(ms: number) {
      aheadMs += ms;
    },
    /** Stands still until it is let go again. */
    stand(still: boolean) {
      stoodAt = still ? Date.now() : undefined;
    },
  };
}

async function newPerson(app: App, email = `p-${newId().slice(-12)}@example.com`): Promise<Person> {
  const account = await createAccount(app.identity, { email, name: 'A person', password: PASSWORD });
  return { email, password: PASSWORD, accountId: account.account_id };
}

async function newPlace(app: App): Promise<Place> {
  const row = await app.tenancy.provisionOrganization(operator, {
    name: `Test ${newId()}`,
    plan_tier: 'custom',
    data_region: 'main',
  });
  const { organization_id: id, slug } = row;
  const everything = { organization_id: id, workspaces: '*' as const };
  const rows: Place['rows'] = <R extends object>(text: string, ...values: unknown[]) =>
    app.db.as(everything, async (tx) => (await tx.executeQuery<R>(CompiledQuery.raw(text, values))).rows);
  return {
    id,
    slug,
    workspaceId: row.default_workspace_id!,
    rows,
    events: (type) =>
      rows(
        'select subject_id, details, actor_name, ip from events where organization_id = $1 and type = $2 order by id',
        id,
        type,
      ),
    async join(role, given) {
      const person = given ?? (await newPerson(app));
      const account = { account_id: person.accountId, email: person.email, name: 'A person' };
      const memberId = await addFirstMember(app.identity, id, account);
      const text = 'update members set role = $3 where organization_id = $1 and id = $2';
      if (role !== 'admin') await rows(text, id, memberId, role);
      return { ...person, memberId };
    },
  };
}

/** Calls an API and reads what it answers. */
export function apiAt(url: string): Api {
  return async (method, path, ask = {}) => {
    const body = ask.body === undefined ? undefined : JSON.stringify(ask.body);
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ask.token === undefined ? {} : { authorization: `Bearer ${ask.token}` }),
        ...ask.headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    return { status: answer.status, body: read(text), text, headers: answer.headers };
  };
}

function read(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Waits until `holds` is true, at most `ms` milliseconds; answers how long it took. */
export async function within(ms: number, holds: () => Promise<boolean>): Promise<number> {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > ms) throw new Error(`It did not hold within ${ms} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - start;
}

/** The code of the problem that `work` throws. */
export async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Problem ? error.code : `unforeseen: ${String(error)}`;
  }
}
