// The catalogue of a real database, pooled and dedicated, holds every rule; and each rule sees the mistake it is there for.
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lintCatalogue } from './lint-catalogue.ts';
import { openSweepGround, type SweepGround } from './open-sweep-ground.ts';

let ground: SweepGround;
let client: pg.PoolClient;

beforeAll(async () => {
  ground = await openSweepGround();
  await ground.newHome({ placement: 'dedicated' });
  client = await ground.app.db.clusters.get('main').admin.connect();
});
afterAll(async () => {
  client.release();
  await ground.close();
});

/** A table as a careless migration would make it, and what is forgotten of it. */
const table = (columns: string) =>
  `create table careless (organization_id uuid not null, id uuid not null, ${columns})`;
const wall = `select platform.wall('careless', 'insula_pooled', 'select')`;
const whole = 'primary key (organization_id, id)';

/** Mistakes: the rule that must see it, what it is about, and the SQL that makes it. */
const mistakes: [rule: string, about: RegExp, text: string][] = [
  ['row-security', /careless/, table(whole)],
  ['row-security', /workspaces/, 'alter table workspaces disable row level security'],
  ['row-security', /members/, 'alter table members no force row level security'],
  ['row-security', /accounts/, 'alter table platform.accounts no force row level security'],
  ['policy', /organization as/, 'drop policy organization on agents'],
  ['policy', /organization as/, 'alter policy organization on agents using (true)'],
  ['policy', /organization as/, 'alter policy organization on agents with check (true)'],
  ['policy', /further/, 'create policy more on agents using (true)'],
  ['policy', /further/, 'alter policy owner on agents to public'],
  ['policy', /workspace/, 'drop policy workspace on api_keys'],
  ['policy', /workspace/, `${table(`workspace_id uuid, ${whole}`)}; ${wall}`],
  ['workspace-wall', /update reach further/, 'alter policy workspace_update on documents using (true)'],
  ['workspace-wall', /insert reach further/, 'alter policy workspace_insert on chunks with check (true)'],
  ['workspace-wall', /reach further/, `alter policy workspace on agents using (workspace_id = any ('{}'))`],
  ['workspace-wall', /no restrictive policy for delete/, 'drop policy workspace_delete on collections'],
  ['workspace-wall', /is read further/, 'alter policy workspace on chunks using (true)'],
  [
    'workspace-wall',
    /is read further/,
    `do $$ begin execute (select format('alter policy workspace on chunks using (%s)',
       replace(qual, 's.to_workspace_id', 's.workspace_id')) from pg_policies
       where schemaname = 'tenants' and tablename = 'chunks' and policyname = 'workspace'); end $$`,
  ],
  [
    'workspace-wall',
    /no restrictive policy/,
    `${table(`workspace_id uuid, ${whole}`)};
     select platform.wall('careless', 'insula_pooled', 'select, insert, update, delete', 'workspace_id', 'select')`,
  ],
  ['organization-first', /is a uuid/, 'create table careless (organization_id text primary key)'],
  ['organization-first', /no primary key/, `${table('name text')}; ${wall}`],
  ['organization-first', /does not begin/, 'create index careless on agents (name)'],
  [
    'organization-first',
    /unique across/,
    'create unique index careless on workspaces (slug, organization_id)',
  ],
  ['organization-first', /unique across/, 'create unique index careless on workspaces (lower(slug))'],
  ['foreign-key', /no index/, 'drop index workspace_members_by_member'],
  ['foreign-key', /carry/, `${table(`account uuid references platform.accounts, ${whole}`)}; ${wall}`],
  ['foreign-key', /out of/, `${table(`account uuid references platform.accounts, ${whole}`)}; ${wall}`],
  ['grant', /PUBLIC was granted SELECT/, 'grant select on agents to public'],
  ['grant', /insula_pooled was granted TRUNCATE/, 'grant truncate on agents to insula_pooled'],
  ['grant', /insula_pooled was granted UPDATE/, 'grant update on events to insula_pooled'],
  ['grant', /insula_tenant was granted/, 'grant select on platform.accounts to insula_tenant'],
  ['grant', /of a column/, 'grant select (name) on platform.organizations to insula_tenant'],
  ['grant', /insula_platform was granted/, 'grant select on members to insula_platform'],
  ['grant', /insula_ledger was granted/, 'grant select on ledger.entries to insula_ledger'],
  ['grant', /on the schema/, 'grant create on schema tenants to insula_pooled'],
  ['grant', /on the schema/, 'grant usage on schema tenants to public'],
  [
    'function',
    /pg_temp last/,
    `create function careless() returns int language sql security definer set search_path = pg_catalog as 'select 1'`,
  ],
  [
    'function',
    /pg_temp last/,
    `create function careless() returns int language sql security definer set search_path = pg_temp, pg_catalog as 'select 1'`,
  ],
  ['function', /pg_temp last/, 'alter function platform.cluster_of(uuid) reset search_path'],
  ['function', /everybody/, `create function careless() returns int language sql as 'select 1'`],
  ['function', /everybody/, 'grant execute on function platform.beat(uuid) to public'],
  [
    'function',
    /insula_pooled/,
    'grant execute on function platform.unsealed_organizations() to insula_pooled',
  ],
  ['view', /security_invoker/, 'create view careless as select * from agents'],
  ['view', /security_invoker/, 'alter view ledger.calls set (security_invoker = false)'],
  ['view', /materialized/, 'create materialized view careless as select 1 as one'],
  ['owner', /insula_pooled/, 'alter table agents owner to insula_pooled'],
  ['owner', /the schema/, 'alter schema tenants owner to insula_tenant'],
  ['role', /superuser, bypassrls/, 'alter role insula_careless bypassrls'],
  ['role', /superuser, bypassrls/, 'alter role insula_careless createrole'],
  ['role', /log in/, 'alter role insula_careless login'],
  ['role', /member of/, 'grant insula_owner to insula_careless'],
  ['role', /member of/, 'grant insula_platform to insula_careless'],
];

/** Makes a mistake as the owner, lints, and takes it back. */
async function lintWith(text: string) {
  await client.query('begin');
  try {
    if (text.includes('insula_careless'))
      await client.query(`create role insula_careless;
        insert into platform.tenant_schemas (schema_name, role_name) values ('o_careless', 'insula_careless')`);
    await client.query('set local search_path = tenants, pg_catalog, pg_temp');
    if (text.startsWith('create')) await client.query('set local role insula_owner');
    await client.query(text);
    return await lintCatalogue(client);
  } finally {
    await client.query('rollback');
  }
}

describe('the catalogue', () => {
  it('holds every rule, in the pooled schema and in a dedicated one', async () => {
    expect(await lintCatalogue(client)).toEqual([]);
  });

  it('is linted whole: a mistake of each kind is seen', { timeout: 120_000 }, async () => {
    const unseen: unknown[] = [];
    for (const [rule, about, text] of mistakes) {
      const found = await lintWith(text);
      if (!found.some((one) => one.rule === rule && about.test(`${one.object} ${one.message}`)))
        unseen.push({ rule, text, found });
    }
    expect(unseen).toEqual([]);
  });

  it('is whole again after the mistakes', async () => {
    expect(await lintCatalogue(client)).toEqual([]);
  });
});
