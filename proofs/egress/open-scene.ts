// Inside the namespace: addresses, recorders, names, a public provider, and an Insula that trusts nothing private.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPort, newInstallation, startInsula } from '../start-insula.ts';
import { NAMES } from './hostile-addresses.ts';
import { startNames } from './start-names.ts';
import { OTHER, PUBLIC, startPublicProvider } from './start-public-provider.ts';
import { PRIVATE, startRecorders } from './start-recorders.ts';

const ADMIN = 'admin@proof.example';

export type Answer = { status: number; body: Record<string, unknown>; text: string };
export type Scene = Awaited<ReturnType<typeof openScene>>;

function addAddresses(): void {
  const ip = (...args: string[]) => {
    const done = spawnSync('ip', args, { encoding: 'utf8' });
    if (done.status !== 0 && !/exists|already/i.test(done.stderr))
      throw new Error(`ip ${args.join(' ')}: ${done.stderr}`);
  };
  ip('link', 'set', 'lo', 'up');
  for (const one of [...PRIVATE, PUBLIC, OTHER])
    ip(
      'addr',
      'add',
      `${one}/${one.includes(':') ? 128 : 32}`,
      'dev',
      'lo',
      ...(one.includes(':') ? ['nodad'] : []),
    );
}

/** Opens the scene; `folder` holds the certificate and takes the data. */
export async function openScene(folder: string) {
  addAddresses();
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const provider = await startPublicProvider({ key: read('key.pem'), cert: read('cert.pem') });
  const recorders = await startRecorders();
  const names = await startNames();
  for (const [name, answers] of Object.entries(NAMES)) names.set(name, answers);
  const environment = {
    ...newInstallation(join(folder, 'data'), undefined),
    LOCAL_DEV_MODE: 'false',
    NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem'),
  };
  const password = randomBytes(18).toString('base64url');
  const made = spawnSync(process.execPath, ['apps/server/src/main.ts', 'create-admin', ADMIN], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    input: password,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(made.stderr);
  const insula = await startInsula(environment, await findPort());
  const ask = askerOf(insula.url);
  const { body } = await ask('POST', '/v1/auth/login', { body: { email: ADMIN, password } });
  const operator = String(body.access_token);
  const organization = await ask('POST', '/v1/organizations', {
    token: operator,
    body: { name: 'Egress', plan_tier: 'enterprise' },
  });
  const listed = await ask('GET', `/v1/organizations/${organization.body.id}/workspaces`, {
    token: operator,
  });
  const workspace = `/v1/workspaces/${(listed.body.data as { id: string }[])[0]!.id}`;
  const headers = { 'x-tenant-id': String(organization.body.id) };
  const manage = (method: string, path: string, given?: unknown) =>
    ask(method, workspace + path, {
      token: operator,
      headers,
      ...(given === undefined ? {} : { body: given }),
    });
  const scopes = ['chat', 'embeddings', 'models'];
  const key = await manage('POST', '/api-keys', { name: 'Proof', scopes, rate_limit_per_minute: 1_000_000 });
  if (key.status !== 201) throw new Error(key.text);
  return {
    ...{ provider, recorders, names, manage },
    call: (path: string, given: unknown) => ask('POST', path, { token: String(key.body.key), body: given }),
    async close() {
      await insula.stop();
      for (const one of [provider, recorders, names]) one.stop();
    },
  };
}

type Given = { token?: string; body?: unknown; headers?: Record<string, string> };

function askerOf(url: string) {
  return async (method: string, path: string, given: Given = {}): Promise<Answer> => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...given.headers,
        ...(given.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(given.token ? { authorization: `Bearer ${given.token}` } : {}),
      },
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
    });
    const text = await answer.text();
    try {
      return { status: answer.status, text, body: JSON.parse(text) as Record<string, unknown> };
    } catch {
      return { status: answer.status, text, body: {} };
    }
  };
}
