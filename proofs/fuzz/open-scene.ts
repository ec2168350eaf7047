// What is fuzzed: a running Insula, and one caller of each role in an organization of its own with one of everything in it,
// so that requests reach the rules behind the ids.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { organizationPermissions } from '@insula/contract';
import { startOpenAiProvider } from '../../apps/server/test/fakes/openai-provider.ts';
import { makeDatabase } from '../make-database.ts';
import { call, findPort, newInstallation, startInsula } from '../start-insula.ts';
import { furnishHome, type Ids, secretIn } from './furnish-home.ts';

export type Caller = {
  role: 'platform admin' | 'admin' | 'readonly member' | 'API key';
  /** A credential that is good now: people sign in anew, as their tokens are short-lived. */
  credential(): Promise<string>;
  /** Ids by the parameter that takes them. */
  ids: Ids;
  /** Ids of things that may be deleted. */
  spendable: Ids;
};
export type Scene = Awaited<ReturnType<typeof openScene>>;

const PASSWORD = 'a long password of the proof';
const MODELS = ['gpt-4o-mini', 'text-embedding-3-small'];

/** Opens the scene on PostgreSQL where TEST_DATABASE_URL is set, on the embedded database otherwise. */
export async function openScene() {
  const dataDir = mkdtempSync(join(tmpdir(), 'insula-fuzz-'));
  const scratch = process.env.TEST_DATABASE_URL ? await makeDatabase('fuzz') : undefined;
  const provider = await startOpenAiProvider({ models: MODELS });
  const insula = await startInsula(newInstallation(dataDir, scratch?.url), await findPort());
  const signIn = async (email: string, password: string, organization?: string) =>
    (
      await call<{ access_token: string }>(`${insula.url}/v1/auth/login`, {
        body: { email, password, ...(organization ? { organization } : {}) },
      })
    ).access_token;
  const asOperator = () => signIn('admin@localhost', 'admin123');
  const open = { url: insula.url, provider, asOperator, signIn };
  return {
    insula,
    database: scratch ? 'PostgreSQL' : 'the embedded database',
    openCaller: (role: Caller['role']) => openCaller(open, role),
    async close() {
      await insula.stop();
      await provider.stop();
      await scratch?.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

type Open = {
  url: string;
  provider: Awaited<ReturnType<typeof startOpenAiProvider>>;
  asOperator(): Promise<string>;
  signIn(email: string, password: string, organization?: string): Promise<string>;
};

async function openCaller(open: Open, role: Caller['role']): Promise<Caller> {
  const operator = await open.asOperator();
  const slug = role.toLowerCase().replaceAll(' ', '-');
  const home = await newOrganization(open, operator, slug);
  const admin = await joinOrganization(open, operator, { ...home, role: 'admin' });
  const { ids, spendable } = await furnishHome(open, { ...home, token: admin.token });
  if (role === 'platform admin') {
    const spare = await newOrganization(open, operator, 'spare');
    const doomed = await newOrganization(open, operator, 'doomed');
    Object.assign(ids, { other_organization_id: [spare.id] });
    Object.assign(spendable, { organization_id: [doomed.id] });
    return { role, credential: open.asOperator, ids, spendable };
  }
  if (role === 'API key') {
    const scopes = organizationPermissions.filter((one) => !/^(organization|configuration):write$/.test(one));
    const made = await call<{ key: string }>(`${open.url}/v1/workspaces/${ids.workspace_id![0]}/api-keys`, {
      token: admin.token,
      body: { name: 'Fuzz', scopes, rate_limit_per_minute: 1_000_000 },
    });
    return { role, credential: async () => made.key, ids, spendable };
  }
  const person =
    role === 'admin' ? admin : await joinOrganization(open, operator, { ...home, role: 'readonly' });
  return { role, credential: () => open.signIn(person.email, PASSWORD, home.slug), ids, spendable };
}

async function newOrganization(
  open: Open,
  token: string,
  name: string,
): Promise<{ id: string; slug: string }> {
  const body = { name, slug: `fuzz-${name}`, plan_tier: 'pro' };
  return call(`${open.url}/v1/organizations`, { token, body });
}

/** Invites somebody and lets them join. */
async function joinOrganization(
  open: Open,
  token: string,
  { id, slug, role }: { id: string; slug: string; role: string },
): Promise<{ email: string; token: string }> {
  const email = `${role}@${slug}.example`;
  const body = { email, role };
  const invited = await call<{ url: string }>(`${open.url}/v1/organizations/${id}/invitations`, {
    token,
    body,
  });
  const joined = await call<{ access_token: string }>(`${open.url}/v1/invitations/accept`, {
    body: { token: secretIn(invited.url), name: role, password: PASSWORD },
  });
  return { email, token: joined.access_token };
}
