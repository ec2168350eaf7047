// All rows of an organization from one cluster to another, in batches and in the database's own text of a row, which gives
// every type back exactly. Written for a target that nobody can enter yet.
import pg from 'pg';
import { assertAlike, listTables, type Table } from './list-tables.ts';
import type { Owner, OwnerTx } from './owner.ts';

export type Copy = { organizationId: string; from: Owner; to: Owner; source: string; target: string };
export type TablePair = { source: Table; target: Table };

const BATCH_BYTES = 4_000_000;
const BATCH_ROWS = 1_000;

/** The tables of both sides, parents first; throws when they differ. */
export async function pairTables(copy: Copy): Promise<TablePair[]> {
  const sources = await copy.from.transact((tx) => listTables(tx, [copy.source]));
  const targets = await copy.to.transact((tx) => listTables(tx, [copy.target]));
  assertAlike(sources, targets);
  return targets.map((target) => ({ target, source: sources.find((table) => table.name === target.name)! }));
}

/** Copies what one snapshot of the source shows; writing goes on there meanwhile. The target must be empty of the organization. */
export async function copyRows(copy: Copy, pairs: TablePair[]): Promise<void> {
  await copy.from.transact((tx) => copyTables(tx, copy, pairs), { snapshot: true });
}

/** Copies what the transaction `tx` of the source sees. */
export async function copyTables(tx: OwnerTx, copy: Copy, pairs: TablePair[]): Promise<void> {
  for (const pair of pairs) await copyTable(tx, copy, pair);
}

// A row that refers to its own table refers to an older one: batches go in the order of the ids, which is that of time.
async function copyTable(tx: OwnerTx, copy: Copy, { source, target }: TablePair): Promise<void> {
  await tx.query(`declare moving no scroll cursor for select one::text as row from ${source.place} one
    where one.organization_id = ${pg.escapeLiteral(copy.organizationId)} order by ${orderOf(source)}`);
  let limit = 100;
  for (;;) {
    const { rows } = await tx.query<{ row: string }>(`fetch ${limit} from moving`);
    if (rows.length === 0) break;
    const texts = rows.map(({ row }) => row);
    await copy.to.transact((to) => insertRows(to, target, texts));
    const averageBytes = texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
    limit = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_BYTES / averageBytes)));
  }
  await tx.query('close moving');
}

const orderOf = (table: Table) => table.key.map((column) => `one.${column}`).join(', ');

/** Inserts rows given in the database's text of a row. */
export async function insertRows(tx: OwnerTx, table: Table, rows: string[]): Promise<void> {
  await tx.query(insertion(table), [rows]);
}

/** Puts rows given in the database's text of a row in place of those with the same key. */
export async function replaceRows(tx: OwnerTx, table: Table, rows: string[]): Promise<void> {
  const changes = table.writable.map((column) => `${column} = excluded.${column}`).join(', ');
  const text = `${insertion(table)} on conflict (${table.key.join(', ')}) do update set ${changes}`;
  await tx.query(text, [rows]);
}

function insertion(table: Table): string {
  const values = table.writable.map((column) => `one.${column}`).join(', ');
  return `insert into ${table.place} (${table.writable.join(', ')}) overriding system value
    select ${values} from unnest($1::${table.place}[]) one`;
}
