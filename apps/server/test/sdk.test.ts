// The client of packages/sdk against the whole server, over a socket.
import { createInsula, type Insula, InsulaError, pages } from '@insula/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createGround, type Ground, type Server, startServer } from './world.ts';

let ground: Ground;
let server: Server;
let insula: Insula;
let organization_id: string;

beforeAll(async () => {
  ground = await createGround({ env: { LOCAL_DEV_MODE: 'true' } });
  server = await startServer(ground);
  insula = createInsula({ url: server.url });
  organization_id = (await insula.signIn('admin@localhost', 'admin123')).organization.id;
});
afterAll(async () => {
  await server?.close();
  await ground?.clear();
});

it('signs in, makes things and reads them back, each row once', async () => {
  const made: string[] = [];
  for (const name of ['One', 'Two', 'Three'])
    made.push((await insula.workspaces.create({ organization_id, name })).id);
  const read: string[] = [];
  for await (const { id } of pages(insula.workspaces.list, { organization_id, limit: 2 })) read.push(id);
  expect(new Set(read).size).toBe(read.length);
  expect(read).toEqual(expect.arrayContaining(made));
  const changed = await insula.workspaces.change({ workspace_id: made[0]!, description: 'First' });
  expect(changed).toMatchObject({ name: 'One', description: 'First' });
  expect(await insula.workspaces.remove({ workspace_id: made[1]! })).toEqual({ id: made[1], deleted: true });
});

it('finds every endpoint of the contract where the server has it', async () => {
  const missing = await insula.auth.listSigningKeys();
  expect(missing.keys[0]).toMatchObject({ kty: 'OKP' });
  await expect(
    insula.agents.get({ workspace_id: organization_id, agent_id: organization_id }),
  ).rejects.toMatchObject({ status: 404 });
});

it('throws what the server said, with its request id', async () => {
  const lost = insula.workspaces.get({ workspace_id: '01890a5d-ac96-774b-bcce-b302099a8057' });
  const error = await lost.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InsulaError);
  expect(error).toMatchObject({ code: 'workspace_not_found', status: 404, detail: expect.any(String) });
  expect((error as InsulaError).requestId).toMatch(/^[0-9a-f-]{36}$/);
});

it('a repeated key answers the same and takes effect once', async () => {
  const once = { idempotencyKey: crypto.randomUUID() };
  const first = await insula.workspaces.create({ organization_id, name: 'Only' }, once);
  const second = await insula.workspaces.create({ organization_id, name: 'Only' }, once);
  expect(second).toEqual(first);
});

it('an API key works as a credential, and no longer once it is revoked', async () => {
  const { data } = await insula.workspaces.list({ organization_id, limit: 1 });
  const workspace_id = data[0]!.id;
  const made = await insula.apiKeys.create({ workspace_id, name: 'sdk', scopes: ['workspaces:read'] });
  const withKey = createInsula({ url: server.url, apiKey: made.key });
  expect((await withKey.workspaces.get({ workspace_id })).id).toBe(workspace_id);
  await insula.apiKeys.revoke({ workspace_id, key_id: made.id });
  await expect(withKey.workspaces.get({ workspace_id })).rejects.toMatchObject({ code: 'unauthenticated' });
});

it('a session ends for good with signOut', async () => {
  const other = createInsula({ url: server.url });
  await other.signIn('admin@localhost', 'admin123');
  const { session_id } = await other.auth.me();
  await other.signOut();
  await expect(other.auth.me()).rejects.toMatchObject({ status: 401 });
  const { data } = await insula.sessions.list();
  expect(data.map(({ id }) => id)).not.toContain(session_id);
});
