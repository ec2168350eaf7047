// One of everything in an organization, made through its API: what requests may name, and what they may delete.
import type { OpenAiProvider } from '../../apps/server/test/fakes/openai-provider.ts';
import { call } from '../start-insula.ts';

/** Ids by the name of the parameter that takes them. */
export type Ids = Record<string, string[]>;
type Made = { id: string };

const SPENDABLE = 4;
const PEOPLE = ['editor', 'viewer'];

type Place = {
  id: string;
  token: string;
};

/** Furnishes an organization; `spendable` things are there to be deleted. */
export async function furnishHome(
  open: { url: string; provider: OpenAiProvider },
  { id, token }: Place,
): Promise<{ ids: Ids; spendable: Ids }> {
  const organization = `${open.url}/v1/organizations/${id}`;
  const { data } = await call<{ data: Made[] }>(`${organization}/workspaces`, { token });
  const workspaceId = data[0]!.id;
  const workspace = `${open.url}/v1/workspaces/${workspaceId}`;
  const provider = {
    provider: 'openai',
    api_key: open.provider.apiKey,
    base_url: `${open.provider.origin}/v1`,
  };
  const recipes: Record<string, (name: string) => [string, Record<string, unknown>]> = {
    workspace_id: (name) => [`${organization}/workspaces`, { name }],
    agent_id: (name) => [`${workspace}/agents`, { name }],
    key_id: (name) => [`${workspace}/api-keys`, { name, scopes: ['chat'] }],
    credential_id: (name) => [`${workspace}/credentials`, { name, ...provider }],
    model_route_id: (name) => [
      `${workspace}/model-routes`,
      { name: name.toLowerCase(), targets: [{ model: 'gpt-4o-mini' }] },
    ],
    budget_id: (name) => [
      `${organization}/budgets`,
      { name, scope: 'organization', amount_micros: 1_000_000_000_000, period: 'month' },
    ],
    role_id: (name) => [
      `${organization}/roles`,
      { name, slug: name.toLowerCase(), permissions: ['agents:read'] },
    ],
    invitation_id: (name) => [
      `${organization}/invitations`,
      { email: `${name}@${id}.example`, role: 'user' },
    ],
  };
  const [ids, spendable]: [Ids, Ids] = [{ organization_id: [id], model: ['gpt-4o-mini'] }, {}];
  for (const [field, recipe] of Object.entries(recipes)) {
    const made: string[] = [];
    for (let at = 0; at <= SPENDABLE; at++) {
      const [url, body] = recipe(`Thing-${at}`);
      made.push((await call<Made>(url, { token, body })).id);
    }
    ids[field] = made.slice(0, 1);
    spendable[field] = made.slice(1);
  }
  ids.workspace_id = [workspaceId];
  await addPeople(open.url, { organization, token, ids, spendable });
  return { ids, spendable };
}

type Crowd = { organization: string; token: string; ids: Ids; spendable: Ids };

async function addPeople(url: string, { organization, token, ids, spendable }: Crowd): Promise<void> {
  for (const name of PEOPLE) {
    const body = {
      email: `${name}@${new URL(organization).pathname.split('/').at(-1)}.example`,
      role: 'user',
    };
    const invited = await call<{ url: string }>(`${organization}/invitations`, { token, body });
    const joining = { token: secretIn(invited.url), name, password: 'a password of nobody in particular' };
    await call(`${url}/v1/invitations/accept`, { body: joining });
  }
  const { data } = await call<{ data: (Made & { name: string })[] }>(`${organization}/members`, { token });
  const named = (name: string) => data.filter((one) => one.name === name).map((one) => one.id);
  ids.member_id = named(PEOPLE[0]!);
  spendable.member_id = named(PEOPLE[1]!);
}

/** The secret of an invitation's link. */
export const secretIn = (link: string): string => link.split('#token=')[1] ?? '';
