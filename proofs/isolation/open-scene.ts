// The scene of the proof: victims whose every text is a canary, and attackers, pooled and dedicated, with each kind of
// credential. What an attacker sees of a victim can be told by a text or an id in the answer.

import { organizationPermissions } from '@insula/contract';
import type { KyselyPlugin } from 'kysely';
import { openSweepGround, type SweepGround } from '../../apps/server/test/sweeps/open-sweep-ground.ts';
import type { Home, Things } from '../../apps/server/test/sweeps/things.ts';
import { fillCanaries, type Part, placeOf, readPart } from './fill-canaries.ts';

export type Whose =
  | 'other workspace'
  | 'other organization, pooled'
  | 'other organization, dedicated'
  | 'deleted'
  | 'deleted organization';
export type Victim = { whose: Whose; things: Things; part: Part; canary: string };
export type Credential = {
  kind: 'member' | 'API key' | 'guest';
  secret: string;
  /** Bound to one workspace, so that another one of the same organization is foreign too. */
  isBound: boolean;
  /** Who signs in to get another one, unless it is a key. */
  person?: { email: string; password: string };
};
export type Attacker = {
  placement: 'pooled' | 'dedicated';
  things: Things;
  credentials: Credential[];
  victims: Victim[];
};
/** `told`: texts of victims that an attacker wrote into its own rows, where they are no leak. */
export type Scene = { ground: SweepGround; attackers: Attacker[]; told: Set<string> };

/** Opens a server with all of them on it. */
export async function openScene(options: { plugins?: KyselyPlugin[] } = {}): Promise<Scene> {
  const ground = await openSweepGround(options);
  // What servers do by themselves would look like the doing of an attacker.
  await ground.app.queue.stop();
  const nonce = Math.random().toString(36).slice(2, 8).padEnd(6, '0');
  const operator = await ground.signInOperator();
  const others: Victim[] = [
    await openVictim(ground, `canary${nonce}vb`, 'pooled'),
    await openVictim(ground, `canary${nonce}vc`, 'dedicated'),
    await openDeleted(ground, `canary${nonce}vd`, operator),
  ];
  const attackers: Attacker[] = [];
  for (const placement of ['pooled', 'dedicated'] as const)
    attackers.push(
      await openAttacker(ground, { placement, others, canary: `canary${nonce}${placement[0]}` }),
    );
  return { ground, attackers, told: new Set() };
}

async function openVictim(
  ground: SweepGround,
  canary: string,
  placement: 'pooled' | 'dedicated',
): Promise<Victim> {
  const home = await ground.newHome({ placement, mark: canary });
  const things = await ground.furnish(home, canary);
  const person = await ground.newPerson(`${canary}@example.com`);
  await ground.join(home, 'admin', person);
  const part = { organization_id: home.organization_id };
  await addRecords(ground, things, canary);
  await fillCanaries(ground, part, canary);
  await ground.rows(
    'update platform.organizations set domain = $2, contact_email = $2, contact_name = $2 where organization_id = $1',
    [home.organization_id, canary],
  );
  const whose = `other organization, ${placement}` as const;
  return { whose, things: { ...things, email: person.email }, part, canary };
}

async function openDeleted(ground: SweepGround, canary: string, operator: string): Promise<Victim> {
  const home = await ground.newHome({ mark: canary });
  const things = await ground.furnish(home, canary);
  const answer = await ground.api('DELETE', `/v1/organizations/${home.organization_id}`, {
    token: operator,
    body: { confirm: home.organization_slug },
  });
  if (answer.status !== 200) throw new Error(`The organization to be deleted was not: ${answer.text}`);
  return { whose: 'deleted organization', things, part: { organization_id: home.organization_id }, canary };
}

type Wish = { placement: 'pooled' | 'dedicated'; others: Victim[]; canary: string };

async function openAttacker(ground: SweepGround, { placement, others, canary }: Wish): Promise<Attacker> {
  const home = await ground.newHome({ placement, mark: 'attacker' });
  const admin = await ground.enliven(await ground.furnish(home, 'attacker'));
  const credentials: Credential[] = [
    await openGuest(ground, home, admin.token),
    { kind: 'API key', secret: await openKey(ground, home, admin.token), isBound: true },
    { kind: 'member', secret: admin.token, isBound: false, person: admin.person },
  ];
  const victims = [
    ...others,
    await openNeighbour(ground, home, `${canary}n`),
    await openGone(ground, home, `${canary}g`),
  ];
  return { placement, things: admin.things, credentials, victims };
}

async function openGuest(ground: SweepGround, home: Home, admin: string): Promise<Credential> {
  const guest = await ground.join(home, 'guest');
  const answer = await ground.api('PUT', `/v1/workspaces/${home.workspace_id}/members/${guest.memberId}`, {
    token: admin,
    body: { role: 'workspace_admin' },
  });
  if (answer.status !== 200) throw new Error(answer.text);
  const secret = (await ground.signIn(guest, home.organization_slug)).access_token;
  return { kind: 'guest', secret, isBound: true, person: guest };
}

async function openKey(ground: SweepGround, home: Home, admin: string): Promise<string> {
  const answer = await ground.api('POST', `/v1/workspaces/${home.workspace_id}/api-keys`, {
    token: admin,
    body: { name: 'attacker', scopes: organizationPermissions, rate_limit_per_minute: 1_000_000 },
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return String(answer.body.key);
}

/** Another member's workspace in the attacker's own organization. */
async function openNeighbour(ground: SweepGround, home: Home, canary: string): Promise<Victim> {
  const there = { ...home, workspace_id: home.other_workspace_id };
  // Members, roles and their like belong to the organization, and no workspace hides them: only its own rows are canaries.
  const things = await ground.furnish(there, 'neighbour');
  const part = { organization_id: home.organization_id, workspace_id: there.workspace_id };
  await addRecords(ground, things, canary);
  await fillCanaries(ground, part, canary);
  const [credential] = await ground.rows<{ model: string }>(
    `select models[1] as model from ${await placeOf(ground, part)}.credentials where organization_id = $1 and id = $2`,
    [home.organization_id, things.credential_id],
  );
  return { whose: 'other workspace', things: { ...things, model: credential!.model }, part, canary };
}

/** Things of the attacker's own workspace that were deleted. */
async function openGone(ground: SweepGround, home: Home, canary: string): Promise<Victim> {
  const things = await ground.furnish(home, canary);
  const place = await placeOf(ground, home);
  for (const table of [
    'conversations',
    'agents',
    'agent_tools',
    'graph_runs',
    'graph_entities',
    'documents',
    'collections',
    'access_groups',
    'comparisons',
    'enhancements',
    'jobs',
    'playground_shares',
    'prompts',
    'datasets',
    'test_sets',
    'budgets',
    'credentials',
    'guardrails',
    'model_routes',
    'request_log',
    'api_keys',
    'invitations',
    'roles',
    'sessions',
    'members',
    'events',
  ])
    await ground.rows(
      `delete from ${place}.${table} t where organization_id = $1 and position($2 in t::text) > 0`,
      [home.organization_id, canary],
    );
  const part = { organization_id: things.organization_id, workspace_id: things.role_id };
  return { whose: 'deleted', things: { ...things, workspace_id: things.role_id }, part, canary };
}

/** Rows that no endpoint lists by id alone: a model call in the ledger, and a request that was made with an Idempotency-Key. */
async function addRecords(ground: SweepGround, things: Things, canary: string): Promise<void> {
  await ground.rows(
    `insert into ledger.entries (at, id, attempt, phase, organization_id, workspace_id, actor_kind, actor_id, replica_id, surface,
       provider, requested_model, upstream_model, input_tokens, usage_source, streamed)
     values (now(), $1, 1, 1, $2, $3, 'member', $4, $1, $5, $5, $5, $5, 1, 'provider', false)`,
    [things.event_id, things.organization_id, things.workspace_id, things.member_id, canary],
  );
  const place = await placeOf(ground, things);
  await ground.rows(
    `insert into ${place}.idempotency (organization_id, actor_id, key, digest, status, answer)
     values ($1, $2, $3, '\\x00', 200, '\\x00')`,
    [things.organization_id, things.member_id, things.provider_key],
  );
}

/** Renames what the attacker called by a text, so that the text is free again. */
export async function freeText(scene: Scene, { things }: Attacker, text: string): Promise<void> {
  const place = await placeOf(scene.ground, things);
  const slugs = { agents: 'slug', collections: 'slug', workspaces: 'slug', roles: 'slug' };
  const named = { ...slugs, invitations: 'email', members: 'email' };
  for (const [table, column] of Object.entries(named))
    await scene.ground.rows(
      `update ${place}.${table} set ${column} = 'freed-' || gen_random_uuid() where organization_id = $1 and ${column} = $2`,
      [things.organization_id, text],
    );
  await scene.ground.rows('delete from ledger.entries where organization_id = $1 and requested_model = $2', [
    things.organization_id,
    text,
  ]);
}

/** Takes the attacker's own requests with an Idempotency-Key out of memory, so that the key is free again. */
export async function forgetKeys(scene: Scene, { things, victims }: Attacker): Promise<void> {
  const place = await placeOf(scene.ground, things);
  const neighbour = victims.find(({ whose }) => whose === 'other workspace')!.things;
  await scene.ground.rows(`delete from ${place}.idempotency where organization_id = $1 and actor_id <> $2`, [
    things.organization_id,
    neighbour.member_id,
  ]);
}

/** Waits until the trail of the organizations is sealed, so that what the server itself still writes is written. */
export async function settle(scene: Scene): Promise<void> {
  for (let waited = 0; waited < 100; waited++) {
    const [row] = await scene.ground.rows<{ left: number }>(
      'select count(*)::int as left from platform.unsealed_organizations()',
    );
    if (row!.left === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The checksums of the parts, by table, as the owner sees them. */
export async function takeChecksums(scene: Scene, parts: Part[]): Promise<Map<string, string>> {
  const sums = new Map<string, string>();
  for (const part of parts)
    for (const [table, sum] of (await readPart(scene.ground, part)).sums)
      sums.set(`${table} of ${part.organization_id} ${part.workspace_id ?? ''}`.trim(), sum);
  return sums;
}
