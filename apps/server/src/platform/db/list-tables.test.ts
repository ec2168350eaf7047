// The catalogue as movers and erasers see it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTenancyGround, type TenancyGround } from '../../../test/open-tenancy-ground.ts';
import { assertAlike, listTables } from './list-tables.ts';
import { withOwner } from './owner.ts';

let ground: TenancyGround;

beforeAll(async () => {
  ground = await openTenancyGround();
});
afterAll(() => ground?.close());

const list = (schemas?: string[]) =>
  withOwner(ground.deps.db.clusters.get('main'), (owner) => owner.transact((tx) => listTables(tx, schemas)));

test('every table of the pooled schema is found, parents before children', async () => {
  const names = (await list(['tenants'])).map((table) => table.name);
  const all = await ground.rows<{ name: string }>(
    "select c.relname as name from pg_class c where c.relnamespace = 'tenants'::regnamespace and c.relkind in ('r', 'p') order by 1",
  );
  expect([...names].sort()).toEqual(all.map(({ name }) => name));
  const references = await ground.rows<{ child: string; parent: string }>(
    `select k.conrelid::regclass::text as child, k.confrelid::regclass::text as parent from pg_constraint k
      where k.contype = 'f' and k.connamespace = 'tenants'::regnamespace`,
  );
  expect(references.length).toBeGreaterThan(5);
  const place = (name: string) => names.indexOf(name.replace('tenants.', ''));
  for (const { child, parent } of references) expect(place(parent)).toBeLessThan(place(child));
});

test('the ledger is one table, not its partitions, and generated columns take no values', async () => {
  const ledger = (await list(['ledger'])).map((table) => table.name);
  expect(ledger.toSorted()).toEqual([
    'budget_periods',
    'budget_reservations',
    'entries',
    'price_versions',
    'prices',
    'ratings',
    're_ratings',
  ]);
  await ground.rows(
    'create table tenants.odd (organization_id uuid primary key, n int, twice int generated always as (n * 2) stored)',
  );
  const odd = (await list(['tenants'])).find((table) => table.name === 'odd');
  expect(odd).toMatchObject({ writable: ['organization_id', 'n'], key: ['organization_id'] });
  await ground.rows('drop table tenants.odd');
});

test('a circle of references, and places with different tables, are refused', async () => {
  const tables = await list(['tenants']);
  expect(() => assertAlike(tables, [...tables].reverse())).not.toThrow();
  expect(() => assertAlike(tables, tables.slice(1))).toThrow(/different tables/);
  await ground.rows(`create table tenants.a (organization_id uuid primary key);
    create table tenants.b (organization_id uuid primary key references tenants.a);
    alter table tenants.a add foreign key (organization_id) references tenants.b`);
  await expect(list(['tenants'])).rejects.toThrow(/circle/);
  await ground.rows('drop table tenants.a, tenants.b cascade');
});
