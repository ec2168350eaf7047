// Workspaces: the plan's number holds whatever happens at once, the last one stays, and who sees one does not count as one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTenancyGround, type TenancyGround } from '../../../../test/open-tenancy-ground.ts';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { createWorkspace } from './create-workspace.ts';
import { listWorkspaces } from './list-workspaces.ts';
import { removeWorkspace } from './remove-workspace.ts';

let ground: TenancyGround;

beforeAll(async () => {
  ground = await openTenancyGround();
});
afterAll(() => ground?.close());

const create = (actor: Actor) => {
  const slug = `w-${newId()}`;
  return createWorkspace(ground.deps, actor, { name: slug, slug, description: '', settings: {} });
};
const idsOf = async (actor: Actor) =>
  (await listWorkspaces(ground.deps, actor, { limit: 100 })).data.map(({ id }) => id);
const codesOf = (results: PromiseSettledResult<unknown>[]) =>
  results.map((one) => (one.status === 'rejected' ? one.reason.code : 'done')).sort();

describe('the plan', () => {
  test('ten requests at once make no more workspaces than it allows', async () => {
    const { actor } = await ground.newOrganization({ plan_tier: 'starter' });
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => create(actor)));
    expect(codesOf(results)).toEqual([...Array(2).fill('done'), ...Array(8).fill('too_many_workspaces')]);
    expect(await idsOf(actor)).toHaveLength(3);
  });

  test('one who sees a single workspace can neither make others nor count itself the only one', async () => {
    const { actor } = await ground.newOrganization({ plan_tier: 'starter' });
    const made = await create(actor);
    const bound: Actor = { ...actor, workspaces: [made.id] };
    await expect(create(bound)).rejects.toMatchObject({ code: 'forbidden' });
    const [other] = (await idsOf(actor)).filter((id) => id !== made.id);
    await expect(removeWorkspace(ground.deps, bound, other!)).rejects.toMatchObject({
      code: 'workspace_not_found',
    });
    expect(await removeWorkspace(ground.deps, bound, made.id)).toEqual({ id: made.id, deleted: true });
  });
});

describe('the last one', () => {
  test('stays when all are removed at once, and is the default one then', async () => {
    const { id, actor } = await ground.newOrganization();
    for (let i = 0; i < 4; i++) await create(actor);
    const all = await idsOf(actor);
    const results = await Promise.allSettled(
      all.map((workspace) => removeWorkspace(ground.deps, actor, workspace)),
    );
    expect(codesOf(results)).toEqual([...Array(4).fill('done'), 'last_workspace']);
    const left = await idsOf(actor);
    expect(left).toHaveLength(1);
    const [entry] = await ground.rows<{ default_workspace_id: string }>(
      'select default_workspace_id from platform.organizations where organization_id = $1',
      [id],
    );
    expect(left).toContain(entry!.default_workspace_id);
  });
});
