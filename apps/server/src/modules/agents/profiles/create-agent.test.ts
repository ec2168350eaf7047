import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openPeopleGround,
  outcomeOf,
  type PeopleGround,
  type TestMember,
  type TestOrganization,
} from '../../../../test/open-people-ground.ts';
import { newId } from '../../../platform/ids.ts';
import { DEFAULT_AGENT, DEFAULT_ORGANIZATION, DEFAULT_WORKSPACE } from '../../tenancy/index.ts';
import { changeAgent } from './change-agent.ts';
import { createAgent, type NewAgent } from './create-agent.ts';
import { getAgent } from './get-agent.ts';
import { listAgents } from './list-agents.ts';
import { removeAgent } from './remove-agent.ts';

let ground: PeopleGround;
let home: TestOrganization;
let boss: TestMember;
beforeAll(async () => {
  ground = await openPeopleGround();
  home = await ground.newOrganization();
  boss = await home.add('admin');
});
afterAll(() => ground?.close());

const newAgent = (workspace_id: string, slug: string): NewAgent => ({
  workspace_id,
  name: 'Support Bot',
  slug,
  description: '',
  system_prompt: 'You are a helpful support agent.',
  model_provider: 'openai',
  model_name: 'gpt-4',
  temperature: 0.7,
  enabled_tools: ['vector_search'],
  tool_config: { top_k: 5 },
  tool_ids: [],
  personality: { tone: { humor: 90 } },
  is_active: true,
});

describe('agents', () => {
  it('a new organization has one in its default workspace, other workspaces have none', async () => {
    const actor = await boss.actor();
    const first = await listAgents(ground.deps, actor, { workspace_id: home.workspaceId, limit: 20 });
    expect(first.data).toMatchObject([{ name: 'Assistant', slug: 'assistant', is_active: true }]);
    expect(first.data[0]!.id).not.toBe(DEFAULT_AGENT);
    const workspace_id = await home.addWorkspace();
    const other = await listAgents(ground.deps, actor, { workspace_id, limit: 20 });
    expect(other.data).toEqual([]);
  });

  it('the default organization has the one with the well-known id', async () => {
    const given = { id: DEFAULT_ORGANIZATION, workspace_id: DEFAULT_WORKSPACE };
    const known = await ground.app.tenancy.directory.findOrganization(DEFAULT_ORGANIZATION);
    if (!known) await ground.newOrganization(given);
    const everything = { organization_id: DEFAULT_ORGANIZATION, workspaces: '*' as const };
    const actor = { ...(await boss.actor()), ...everything };
    const at = { workspace_id: DEFAULT_WORKSPACE, agent_id: DEFAULT_AGENT };
    expect(await getAgent(ground.deps, actor, at)).toMatchObject({ slug: 'assistant' });
  });

  it('are made, changed and deleted as given, with one event each', async () => {
    const actor = await boss.actor();
    const workspace_id = await home.addWorkspace();
    const made = await createAgent(ground.deps, actor, newAgent(workspace_id, 'support-bot'));
    expect(made).toMatchObject({ ...newAgent(workspace_id, 'support-bot'), organization_id: home.id });
    const at = { workspace_id, agent_id: made.id };
    const change = { temperature: 0.2, is_active: false, tool_config: {}, model_name: null };
    const changed = await changeAgent(ground.deps, actor, { ...at, ...change });
    expect(changed).toMatchObject({ ...made, ...change, version: 2, updated_at: changed.updated_at });
    expect(await getAgent(ground.deps, actor, at)).toEqual(changed);
    await removeAgent(ground.deps, actor, at);
    expect(await outcomeOf(getAgent(ground.deps, actor, at))).toBe('agent_not_found');
    const told = await home.rows<{ type: string }>(
      'select type from events where organization_id = $1 and subject_id = $2 order by id',
      made.id,
    );
    expect(told.map((row) => row.type)).toEqual(['agent.created', 'agent.changed', 'agent.removed']);
  });

  it('a slug is taken once in a workspace, also by two at the same moment', async () => {
    const actor = await boss.actor();
    const [one, two] = [await home.addWorkspace(), await home.addWorkspace()];
    const make = (workspace: string, slug: string) =>
      createAgent(ground.deps, actor, newAgent(workspace, slug));
    const first = await make(one, 'same');
    expect(await outcomeOf(make(two, 'same'))).toBe('done');
    expect(await outcomeOf(make(one, 'same'))).toBe('agent_slug_taken');
    const other = await make(one, 'other');
    const rename = (agent_id: string, slug: string) =>
      outcomeOf(changeAgent(ground.deps, actor, { workspace_id: one, agent_id, slug }));
    expect(await rename(other.id, 'same')).toBe('agent_slug_taken');
    expect(await rename(other.id, 'other')).toBe('done');
    const race = await Promise.all([rename(first.id, 'wanted'), rename(other.id, 'wanted')]);
    expect(race.toSorted()).toEqual(['agent_slug_taken', 'done']);
  });

  it('do not exist in another workspace or organization: the same words as for none', async () => {
    const actor = await boss.actor();
    const elsewhere = await home.addWorkspace();
    const agent = await createAgent(ground.deps, actor, newAgent(home.workspaceId, 'hidden'));
    const there = await ground.newOrganization();
    const stranger = await (await there.add('admin')).actor();
    const local = await (await home.add('guest', { [elsewhere]: 'workspace_admin' })).actor();
    const places = [
      { actor, workspace_id: elsewhere, agent_id: agent.id },
      { actor: stranger, workspace_id: home.workspaceId, agent_id: agent.id },
      { actor: stranger, workspace_id: there.workspaceId, agent_id: agent.id },
      { actor: local, workspace_id: home.workspaceId, agent_id: agent.id },
      { actor, workspace_id: home.workspaceId, agent_id: newId() },
    ];
    for (const { actor: who, ...at } of places) {
      expect(await outcomeOf(getAgent(ground.deps, who, at))).toBe('agent_not_found');
      const change = { ...at, name: 'Mine' };
      expect(await outcomeOf(changeAgent(ground.deps, who, change))).toBe('agent_not_found');
      expect(await outcomeOf(removeAgent(ground.deps, who, at))).toBe('agent_not_found');
    }
    for (const workspace of [home.workspaceId, newId()]) {
      const made = createAgent(ground.deps, stranger, newAgent(workspace, 'intruder'));
      expect(await outcomeOf(made)).toBe('workspace_not_found');
      const page = listAgents(ground.deps, stranger, { workspace_id: workspace, limit: 20 });
      expect(await outcomeOf(page)).toBe('workspace_not_found');
    }
  });
});
