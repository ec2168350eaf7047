// A server that is killed in the middle of a move, at any query of it: afterwards the organization is whole, in one place,
// and can be entered.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTenancyGround, type TenancyGround } from '../../../../test/open-tenancy-ground.ts';
import { onPostgres } from '../../../../test/world.ts';

let ground: TenancyGround;
type Organization = Awaited<ReturnType<TenancyGround['newOrganization']>>;
type Place = { placement: 'pooled' | 'dedicated'; data_region: string };

// Every query of a move is a place to be killed at. A run tries some of them, more densely from the point of no return on;
// with strides of 1 it tries them all, in half an hour.
const spread = { within: { stride: 23 }, across: { stride: 79 } };
const critical = {
  within: { stride: 11, from: /insert into platform\.residents/ },
  across: { stride: 17, from: /set step = 'switching'/ },
};
type Points = { stride: number; from?: RegExp };

beforeAll(async () => {
  ground = await openTenancyGround({ regions: ['eu'] });
});
afterAll(() => ground?.close());

/** What an organization is made of, read through its door; a move's own events left out. */
async function readAll(organization: Organization): Promise<unknown> {
  return ground.deps.db.as(organization.actor, async (tx) => {
    const read = async (table: string) =>
      (
        await sql<{ row: string }>`select t::text as row from ${sql.table(table)} t
          where ${table} <> 'events' or (to_jsonb(t) ->> 'type') <> 'organization.moved' order by 1`.execute(
          tx,
        )
      ).rows.map(({ row }) => row);
    return {
      organization: await read('organization'),
      workspaces: await read('workspaces'),
      events: await read('events'),
      agents: await read('agents'),
    };
  });
}

async function expectWhole(organization: Organization, before: unknown): Promise<void> {
  expect(await readAll(organization)).toEqual(before);
  const [entry] = await ground.rows<Place & { cluster: string }>(
    'select cluster, placement from platform.organizations where organization_id = $1',
    [organization.id],
  );
  const dedicated = `o_${organization.id.replaceAll('-', '')}`;
  const home = entry!.placement === 'pooled' ? 'tenants' : dedicated;
  for (const cluster of ground.deps.db.clusters.names()) {
    const tables = Object.keys(await ground.count(organization.id, cluster)).filter(
      (name) => !name.startsWith('platform.'),
    );
    const here = cluster === entry!.cluster;
    expect(tables.filter((name) => !here || !name.startsWith(`${home}.`))).toEqual([]);
    const residents = await ground.rows(
      'select schema_name from platform.residents where organization_id = $1',
      [organization.id],
      cluster,
    );
    expect(residents).toEqual(here ? [{ schema_name: home }] : []);
    const schemas = await ground.rows('select from pg_namespace where nspname = $1', [dedicated], cluster);
    expect(schemas).toHaveLength(here && home === dedicated ? 1 : 0);
  }
  const [journal] = await ground.rows<{ state: string }>(
    'select state from platform.moves where organization_id = $1',
    [organization.id],
  );
  expect(journal?.state).not.toBe('running');
}

async function killEverywhere(
  organization: Organization,
  places: [Place, Place],
  { after, stride, from }: Points & { after: boolean },
): Promise<number> {
  const before = await readAll(organization);
  let kills = 0;
  for (let at = 1 + (after ? Math.floor(stride / 2) : 0); ; at += stride) {
    const [entry] = await ground.rows<{ cluster: string; placement: string }>(
      'select cluster, placement from platform.organizations where organization_id = $1',
      [organization.id],
    );
    const isAtFirst = entry!.cluster === places[0].data_region && entry!.placement === places[0].placement;
    const killed = await ground.killAt({ at, after, from }, ({ organizations }) =>
      organizations.move(ground.call, { organization_id: organization.id, ...places[isAtFirst ? 1 : 0] }),
    );
    if (!killed) return kills;
    kills++;
    await ground.recover(organization.id);
    await expectWhole(organization, before);
  }
}

const modes = [
  ['before a query is sent', false],
  ['after a query was carried out', true],
] as const;

describe.each(modes)('killed %s', (_, after) => {
  test.each([
    ['anywhere', spread.within],
    ['from the point of no return on', critical.within],
  ])(
    '%s, a move within a cluster is undone or carried on',
    async (_where, points) => {
      const organization = await ground.newOrganization();
      const places: [Place, Place] = [
        { placement: 'pooled', data_region: 'main' },
        { placement: 'dedicated', data_region: 'main' },
      ];
      expect(await killEverywhere(organization, places, { after, ...points })).toBeGreaterThan(2);
    },
    240_000,
  );

  test.runIf(onPostgres).each([
    ['anywhere', spread.across],
    ['from the point of no return on', critical.across],
  ])(
    '%s, a move to another cluster is undone or carried on',
    async (_where, points) => {
      const organization = await ground.newOrganization();
      const places: [Place, Place] = [
        { placement: 'pooled', data_region: 'main' },
        { placement: 'dedicated', data_region: 'eu' },
      ];
      expect(await killEverywhere(organization, places, { after, ...points })).toBeGreaterThan(2);
    },
    240_000,
  );
});
