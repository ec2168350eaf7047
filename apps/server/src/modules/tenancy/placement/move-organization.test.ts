// Moves: while people write, to any place and back, nothing is lost, nothing doubled, nobody turned away.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openTenancyGround, steady, type TenancyGround } from '../../../../test/open-tenancy-ground.ts';
import { onPostgres } from '../../../../test/world.ts';
import type { Actor } from '../../../platform/actor.ts';
import { withOwner } from '../../../platform/db/owner.ts';
import { newId } from '../../../platform/ids.ts';
import { createWorkspace } from '../workspaces/create-workspace.ts';

let ground: TenancyGround;

beforeAll(async () => {
  ground = await openTenancyGround({ regions: ['eu'] });
});
afterAll(() => ground?.close());

type Place = { placement: 'pooled' | 'dedicated'; data_region: string };
const move = (organizationId: string, place: Place) =>
  ground.routes.organizations.move(ground.call, { organization_id: organizationId, ...place });

/** Writes workspaces, with the event each leaves, until it is told to stop; returns the ids of those acknowledged. */
function write(actor: Actor, writers: number) {
  const acknowledged: string[] = [];
  const failures: unknown[] = [];
  let going = true;
  const running = Array.from({ length: writers }, async () => {
    while (going) {
      const id = newId();
      const input = { id, name: `W ${id}`, slug: `w-${id}`, description: '', settings: { text: 'ä"\\\n{}' } };
      await createWorkspace(ground.deps, actor, input).then(
        () => acknowledged.push(id),
        (error: unknown) => failures.push(error),
      );
    }
  });
  onTestFinished(() => {
    going = false;
  });
  return async () => {
    going = false;
    await Promise.all(running);
    return { acknowledged, failures };
  };
}

async function expectWritten(actor: Actor, acknowledged: string[]): Promise<void> {
  const { organization_id: id } = actor;
  const found = await ground.deps.db.as(actor, async (tx) => {
    const { sql } = await import('kysely');
    const ids = async (text: ReturnType<typeof sql<{ id: string }>>) =>
      (await text.execute(tx)).rows.map((row) => row.id);
    return {
      workspaces: await ids(
        sql<{ id: string }>`select id from workspaces where organization_id = ${id} and slug <> 'default'`,
      ),
      events: await ids(sql<{ id: string }>`select subject_id as id from events where organization_id = ${id}
        and type = 'workspace.created' and details ->> 'slug' <> 'default'`),
    };
  });
  expect(found.workspaces.sort()).toEqual([...acknowledged].sort());
  expect(found.events.sort()).toEqual([...acknowledged].sort());
}

/** Rows of the organization by table, without those that say where it is. */
async function tablesWithRows(organizationId: string, cluster: string): Promise<string[]> {
  const counts = await ground.count(organizationId, cluster);
  return Object.keys(counts).filter((table) => !table.startsWith('platform.'));
}

describe('in one cluster', () => {
  test('every acknowledged write is there once after moving both ways several times while people write', async () => {
    const organization = await ground.newOrganization();
    const bystander = await ground.newOrganization();
    const before = await ground.count(bystander.id);
    const stop = write(organization.actor, 4);
    const places = ['dedicated', 'pooled', 'dedicated', 'pooled', 'dedicated'] as const;
    for (const placement of places) {
      const done = await move(organization.id, { placement, data_region: 'main' });
      expect(done).toMatchObject({ state: 'done', error: null, to: { placement, data_region: 'main' } });
      expect(done.rows).toBeGreaterThan(5);
      expect(done.blocked_ms).toBeGreaterThan(0);
    }
    const { acknowledged, failures } = await stop();
    expect(failures).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(20);
    await expectWritten(organization.actor, acknowledged);
    expect((await tablesWithRows(organization.id, 'main')).every((name) => name.startsWith('o_'))).toBe(true);
    expect(steady(await ground.count(bystander.id))).toEqual(steady(before));
  }, 120_000);

  test('both trails tell of a move once, and the directory shows the new place', async () => {
    const organization = await ground.newOrganization();
    await move(organization.id, { placement: 'dedicated', data_region: 'main' });
    const [entry] = await ground.rows(
      'select placement, cluster from platform.organizations where organization_id = $1',
      [organization.id],
    );
    expect(entry).toEqual({ placement: 'dedicated', cluster: 'main' });
    const schema = `o_${organization.id.replaceAll('-', '')}`;
    const own = await ground.rows(`select type from ${schema}.events where type = 'organization.moved'`);
    expect(own).toHaveLength(1);
    const platform = await ground.rows<{ type: string }>(
      "select type from tenants.events where subject_id = $1 and type like 'organization.move%' and organization_id = '00000000-0000-0000-0000-000000000000' order by id",
      [organization.id],
    );
    expect(platform.map((row) => row.type)).toEqual(['organization.move_started', 'organization.moved']);
    expect(
      await ground.routes.organizations.getMove(ground.call, { organization_id: organization.id }),
    ).toMatchObject({ state: 'done' });
  });

  test('a dedicated schema and its role are gone after moving back', async () => {
    const organization = await ground.newOrganization({ placement: 'dedicated' });
    await move(organization.id, { placement: 'pooled', data_region: 'main' });
    const compact = organization.id.replaceAll('-', '');
    expect(await ground.rows('select from pg_namespace where nspname = $1', [`o_${compact}`])).toEqual([]);
    expect(await ground.rows('select from pg_roles where rolname = $1', [`insula_o_${compact}`])).toEqual([]);
  });

  test('a second move at once is refused, and so is one to where it is, one to nowhere and one of nobody', async () => {
    const organization = await ground.newOrganization();
    const to = { placement: 'dedicated', data_region: 'main' } as const;
    const both = await Promise.allSettled([move(organization.id, to), move(organization.id, to)]);
    const refused = both.filter((one) => one.status === 'rejected').map((one) => one.reason.code);
    expect(refused).toHaveLength(1);
    expect(['move_under_way', 'placement_unchanged']).toContain(refused[0]);
    await expect(move(organization.id, to)).rejects.toMatchObject({
      code: 'placement_unchanged',
      status: 409,
    });
    await expect(move(organization.id, { ...to, data_region: 'mars' })).rejects.toMatchObject({
      code: 'region_unknown',
    });
    await expect(move(newId(), to)).rejects.toMatchObject({ code: 'organization_not_found' });
    const unmoved = await ground.newOrganization();
    await expect(
      ground.routes.organizations.getMove(ground.call, { organization_id: unmoved.id }),
    ).rejects.toMatchObject({ code: 'move_not_found' });
  });
});

describe.runIf(onPostgres)('on PostgreSQL', () => {
  test('a move is refused while another server moves the organization', async () => {
    const organization = await ground.newOrganization();
    const to = { placement: 'dedicated', data_region: 'main' } as const;
    const elsewhere = await ground.app.db.clusters.get('main').app.connect();
    const key = `hashtextextended('lead life of ${organization.id}', 0)`;
    await elsewhere.query(`select pg_advisory_lock(${key})`);
    await expect(move(organization.id, to)).rejects.toMatchObject({ code: 'move_under_way', status: 409 });
    await elsewhere.query(`select pg_advisory_unlock(${key})`);
    elsewhere.release();
  });

  test('requests wait for a move without keeping connections that others need, and give up in bounded time', async () => {
    const organization = await ground.newOrganization();
    const other = await ground.newOrganization();
    const { db } = ground.deps;
    const enter = () => db.as(organization.actor, async () => 'in');
    await withOwner(db.clusters.get('main'), (owner) =>
      owner.transactAlone(organization.id, async () => {
        const waiting = Array.from({ length: 200 }, enter);
        const startedAt = performance.now();
        for (let i = 0; i < 50; i++) await db.as(other.actor, async () => 'in');
        expect(performance.now() - startedAt).toBeLessThan(2_000);
        void Promise.allSettled(waiting);
      }),
    );
    expect(await enter()).toBe('in');
    await withOwner(db.clusters.get('main'), (owner) =>
      owner.transactAlone(organization.id, async () => {
        const startedAt = performance.now();
        await expect(enter()).rejects.toMatchObject({ name: 'PlaceUnavailable' });
        expect(performance.now() - startedAt).toBeLessThan(12_000);
      }),
    );
  });

  test('a transaction that stays open does not keep the others out while a move waits for it', async () => {
    const organization = await ground.newOrganization();
    const { db } = ground.deps;
    let leave = () => {};
    const inside = db.as(
      organization.actor,
      () =>
        new Promise<void>((resolve) => {
          leave = resolve;
        }),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const moving = move(organization.id, { placement: 'dedicated', data_region: 'main' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await db.as(organization.actor, async () => 'in')).toBe('in');
    leave();
    await inside;
    expect(await moving).toMatchObject({ state: 'done' });
  });
});

describe.runIf(onPostgres)('to another cluster', () => {
  test('every acknowledged write is there once after moving both ways several times while people write', async () => {
    const organization = await ground.newOrganization();
    const stop = write(organization.actor, 4);
    const places: Place[] = [
      { placement: 'pooled', data_region: 'eu' },
      { placement: 'dedicated', data_region: 'main' },
      { placement: 'dedicated', data_region: 'eu' },
      { placement: 'pooled', data_region: 'main' },
      { placement: 'dedicated', data_region: 'eu' },
    ];
    for (const place of places) {
      const done = await move(organization.id, place);
      expect(done).toMatchObject({ state: 'done', to: place });
      const elsewhere = place.data_region === 'eu' ? 'main' : 'eu';
      expect(await tablesWithRows(organization.id, elsewhere)).toEqual([]);
    }
    const { acknowledged, failures } = await stop();
    expect(failures).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(20);
    await expectWritten(organization.actor, acknowledged);
  }, 120_000);

  test('values of every kind arrive exactly, generated columns too', async () => {
    await withStrangeTable(async () => {
      const organization = await ground.newOrganization();
      await ground.rows(
        `insert into tenants.strange (organization_id, id, j, b, t, a, f, n, i, v)
        select $1, g, case g % 3 when 0 then 'null' when 1 then '{"a": [1, null, "ü\\"\\\\n"]}' end::jsonb, decode('00ff5c0a22', 'hex'),
          '2024-02-29 23:59:59.123456+14', array['a,b', null, '{"x"}', ''], 0.1::float8 + 0.2, 'NaN', '1 mon -3 days 04:05:06.789', E'tab\\there'
        from generate_series(1, 1500) g`,
        [organization.id],
      );
      const digest = `select md5(string_agg(md5(s::text), '' order by id)) as digest from tenants.strange s where organization_id = $1`;
      const before = await ground.rows(digest, [organization.id]);
      await move(organization.id, { placement: 'pooled', data_region: 'eu' });
      expect(await ground.rows(digest, [organization.id], 'eu')).toEqual(before);
      expect(
        await ground.rows('select from tenants.strange where organization_id = $1', [organization.id]),
      ).toEqual([]);
    });
  }, 60_000);

  test('rows that change, vanish and exchange unique values during the copy are as they are at the source', async () => {
    const organization = await ground.newOrganization();
    const { db } = ground.deps;
    await ground.rows(
      `insert into tenants.workspaces (organization_id, id, name, slug)
      select $1, gen_random_uuid(), 'W', 'slug-' || g from generate_series(1, 400) g`,
      [organization.id],
    );
    const churn = async () => {
      const { sql } = await import('kysely');
      const pick = () => `slug-${1 + Math.floor(Math.random() * 400)}`;
      const [left, right] = [pick(), pick()];
      await db.as(organization.actor, async (tx) => {
        await sql`update workspaces set slug = 'aside' where slug = ${left}`.execute(tx);
        await sql`update workspaces set slug = ${left}, name = name || '.' where slug = ${right}`.execute(tx);
        await sql`update workspaces set slug = ${right} where slug = 'aside'`.execute(tx);
      });
    };
    let going = true;
    let turns = 0;
    onTestFinished(() => {
      going = false;
    });
    const churning = (async () => {
      for (; going; turns++) await churn();
    })();
    for (const data_region of ['eu', 'main', 'eu'])
      await move(organization.id, { placement: 'pooled', data_region });
    going = false;
    await churning;
    expect(turns).toBeGreaterThan(10);
    const [sum] = await ground.rows(
      `select count(*) as n, sum(length(replace(name, 'W', ''))) as dots from tenants.workspaces where organization_id = $1 and slug like 'slug-%'`,
      [organization.id],
      'eu',
    );
    expect(sum!.n).toBe(400);
  }, 60_000);

  test('the ledger follows: settled calls at once, a call in flight after it has settled, none twice', async () => {
    const organization = await ground.newOrganization();
    const enter = (
      n: number,
      phase: number,
    ) => `insert into ledger.entries (at, id, attempt, phase, organization_id, actor_kind, replica_id, surface,
      provider, requested_model, upstream_model, usage_source, streamed, cost_micros)
      values ('2026-01-01T00:00:00.123456Z'::timestamptz + interval '1 ms' * ${n}, '00000000-0000-7000-8000-${String(n).padStart(12, '0')}', 1, ${phase}, $1, 'member',
        (select id from platform.replicas limit 1), 'chat.completions', 'fake', 'm', 'm', 'provider', false, 7)`;
    for (let n = 1; n <= 20; n++)
      for (const phase of [0, 1]) await ground.rows(enter(n, phase), [organization.id]);
    await ground.rows(enter(21, 0), [organization.id]);
    const calls = async (cluster: string) =>
      (
        await ground.rows<{ phase: number; n: number }>(
          'select phase, count(*) as n from ledger.entries where organization_id = $1 group by 1 order by 1',
          [organization.id],
          cluster,
        )
      ).map(({ phase, n }) => `${phase}:${n}`);
    await move(organization.id, { placement: 'pooled', data_region: 'eu' });
    expect(await calls('eu')).toEqual(['0:20', '1:20']);
    expect(await calls('main')).toEqual(['0:1']);
    await ground.rows(enter(21, 1), [organization.id]);
    const { resumeLifecycle } = await import('../index.ts');
    await resumeLifecycle(ground.deps);
    await resumeLifecycle(ground.deps);
    expect(await calls('eu')).toEqual(['0:21', '1:21']);
    expect(await calls('main')).toEqual([]);
    await move(organization.id, { placement: 'dedicated', data_region: 'main' });
    expect(await calls('main')).toEqual(['0:21', '1:21']);
    expect(await calls('eu')).toEqual([]);
  });

  test('ratings of calls follow as well, more than a batch of them, and none is left behind', async () => {
    const organization = await ground.newOrganization();
    await ground.rows(
      `insert into ledger.re_ratings (organization_id, id, from_at, until_at, only_unknown, requested_by, state)
        values ($1, $1, '2026-01-01', '2026-02-01', true, 'test', 'done')`,
      [organization.id],
    );
    await ground.rows(
      `insert into ledger.ratings (organization_id, at, id, attempt, number, re_rating_id, cost_micros, currency, price_version)
        select $1, '2026-01-01T00:00:00.123456Z'::timestamptz + interval '1 ms' * (n / 2), gen_random_uuid(), 1, 1 + n % 2, $1, n, 'USD', 1
        from generate_series(1, 1200) n`,
      [organization.id],
    );
    const sums = async (cluster: string) =>
      ground.rows(
        `select count(*)::int as n, sum(cost_micros)::int as sum, (select count(*)::int from ledger.re_ratings where organization_id = $1)
          as wishes from ledger.ratings where organization_id = $1`,
        [organization.id],
        cluster,
      );
    const before = await sums('main');
    await move(organization.id, { placement: 'pooled', data_region: 'eu' });
    expect(await sums('eu')).toEqual(before);
    expect(await sums('main')).toEqual([{ n: 0, sum: null, wishes: 0 }]);
  });

  test('work that waits follows to another cluster', async () => {
    const organization = await ground.newOrganization();
    await ground.deps.db.as(organization.actor, (tx) =>
      ground.app.queue.tell(tx, organization.id, 'unknown-here', { at: new Date('2040-01-01T00:00:00Z') }),
    );
    const waiting = (cluster: string) =>
      ground.rows(
        'select kind, due_at, claim from platform.work where organization_id = $1',
        [organization.id],
        cluster,
      );
    const before = await waiting('main');
    expect(before).toHaveLength(1);
    await move(organization.id, { placement: 'dedicated', data_region: 'eu' });
    expect(await waiting('eu')).toEqual(before);
    expect(await waiting('main')).toEqual([]);
  });
});

async function withStrangeTable(work: () => Promise<void>): Promise<void> {
  for (const cluster of ['main', 'eu'])
    await ground.rows(
      `create table tenants.strange (organization_id uuid not null, id int not null, j jsonb, b bytea, t timestamptz, a text[], f float8, n numeric,
        i interval, v text, "Twice Id" int generated always as (id * 2) stored, primary key (organization_id, id));
      alter table tenants.strange owner to insula_owner`,
      [],
      cluster,
    );
  try {
    await work();
  } finally {
    for (const cluster of ['main', 'eu']) await ground.rows('drop table tenants.strange', [], cluster);
  }
}
