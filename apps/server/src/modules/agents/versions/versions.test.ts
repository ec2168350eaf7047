import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openPeopleGround,
  outcomeOf,
  type PeopleGround,
  type TestOrganization,
} from '../../../../test/open-people-ground.ts';
import type { Actor } from '../../../platform/actor.ts';
import { previewPrompt } from '../personality/preview-prompt.ts';
import { changeAgent } from '../profiles/change-agent.ts';
import { duplicateAgent } from '../profiles/duplicate-agent.ts';
import { agentTemplates } from '../templates/agent-templates.ts';
import { useTemplate } from '../templates/use-template.ts';
import { compareVersions } from './compare-versions.ts';
import { getVersion, listVersions } from './list-versions.ts';
import { restoreVersion } from './restore-version.ts';

let ground: PeopleGround;
let home: TestOrganization;
let actor: Actor;
beforeAll(async () => {
  ground = await openPeopleGround();
  home = await ground.newOrganization();
  actor = await (await home.add('admin')).actor();
});
afterAll(() => ground?.close());

const make = async (template = 'support') => {
  const workspace_id = await home.addWorkspace();
  const agent = await useTemplate(ground.deps, actor, { workspace_id, template });
  return { agent, at: { workspace_id, agent_id: agent.id } };
};

describe('the versions of an agent', () => {
  it('are one for each change, numbered, with what changed and by whom', async () => {
    const { at } = await make();
    await changeAgent(ground.deps, actor, { ...at, temperature: 0.1 });
    const last = await changeAgent(ground.deps, actor, { ...at, personality: { tone: { humor: 5 } } });
    expect(last.version).toBe(3);
    const { data } = await listVersions(ground.deps, actor, { ...at, limit: 20 });
    expect(data.map(({ version, changed }) => [version, changed])).toEqual([
      [3, ['personality']],
      [2, ['temperature']],
      [1, []],
    ]);
    expect(data[0]).toMatchObject({ created_by: actor.id, created_by_name: actor.name });
    const second = await getVersion(ground.deps, actor, { ...at, version: 2 });
    expect(second.fields).toMatchObject({ temperature: 0.1, personality: { tone: { friendliness: 80 } } });
  });

  it('are numbered without gap or double when many change it at once', async () => {
    const { at } = await make();
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) => changeAgent(ground.deps, actor, { ...at, description: `d${n}` })),
    );
    const { data } = await listVersions(ground.deps, actor, { ...at, limit: 20 });
    expect(data.map(({ version }) => version).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('are compared field by field, longer texts line by line', async () => {
    const { at } = await make();
    await changeAgent(ground.deps, actor, { ...at, system_prompt: 'one\ntwo\n' });
    await changeAgent(ground.deps, actor, { ...at, system_prompt: 'one\nthree\n', name: 'New' });
    const { data } = await compareVersions(ground.deps, actor, { ...at, version: 3 });
    expect(data.map(({ field }) => field)).toEqual(['name', 'system_prompt']);
    expect(data[1]!.diff).toContain('-two');
    expect(data[1]!.diff).toContain('+three');
    const back = await compareVersions(ground.deps, actor, { ...at, version: 1, against: 3 });
    expect(back.data.map(({ field }) => field)).toEqual(['name', 'system_prompt']);
  });

  it('are restored as a new version that equals the old one, with one event', async () => {
    const { agent, at } = await make();
    await changeAgent(ground.deps, actor, { ...at, name: 'Other', is_active: false, enabled_tools: [] });
    const restored = await restoreVersion(ground.deps, actor, { ...at, version: 1 });
    expect(restored).toEqual({ ...agent, version: 3, updated_at: restored.updated_at });
    const told = await home.rows<{ type: string }>(
      'select type from events where organization_id = $1 and subject_id = $2 order by id',
      agent.id,
    );
    expect(told.map(({ type }) => type)).toEqual(['agent.created', 'agent.changed', 'agent.changed']);
    expect(await outcomeOf(restoreVersion(ground.deps, actor, { ...at, version: 9 }))).toBe(
      'agent_version_not_found',
    );
  });

  it('do not exist for another organization', async () => {
    const { at } = await make();
    const stranger = await (await (await ground.newOrganization()).add('admin')).actor();
    const attempts = [
      listVersions(ground.deps, stranger, { ...at, limit: 20 }),
      getVersion(ground.deps, stranger, { ...at, version: 1 }),
      restoreVersion(ground.deps, stranger, { ...at, version: 1 }),
      duplicateAgent(ground.deps, stranger, at),
      previewPrompt(ground.deps, stranger, at),
    ];
    const outcomes = await Promise.all(attempts.map(outcomeOf));
    expect(outcomes).toEqual(attempts.map(() => 'agent_not_found'));
  });
});

describe('an agent', () => {
  it.each(agentTemplates.map(({ template }) => template))(
    'is made from the template %s',
    async (template) => {
      const { agent } = await make(template);
      const offered = agentTemplates.find((one) => one.template === template)!;
      expect(agent).toMatchObject({ ...offered.fields, template, name: offered.title, version: 1 });
    },
  );

  it('is copied as often as wanted, each copy under a slug and a history of its own', async () => {
    const { agent, at } = await make();
    const first = await duplicateAgent(ground.deps, actor, at);
    const second = await duplicateAgent(ground.deps, actor, at);
    expect([first.slug, second.slug]).toEqual(['customer-support-copy', 'customer-support-copy-2']);
    expect(first).toMatchObject({
      name: 'Customer support (copy)',
      version: 1,
      personality: agent.personality,
    });
  });

  it('shows its prompt with changes that are not saved', async () => {
    const { agent, at } = await make();
    const saved = await previewPrompt(ground.deps, actor, at);
    expect(saved.greeting).toBe('Hello! What can I help you with?');
    const tried = await previewPrompt(ground.deps, actor, { ...at, personality: { tone: { humor: 0 } } });
    expect(tried.parts.map(({ field }) => field)).toEqual(['system_prompt', 'tone.humor']);
    expect(saved.system_prompt.startsWith(agent.system_prompt)).toBe(true);
  });

  it('names only tools of its own workspace', async () => {
    const { at, agent } = await make();
    const attempt = changeAgent(ground.deps, actor, { ...at, tool_ids: [agent.id] });
    expect(await outcomeOf(attempt)).toBe('agent_tool_unknown');
  });
});
