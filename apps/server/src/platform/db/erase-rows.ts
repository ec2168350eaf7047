// Erasing an organization's rows and counting what is left, over every table that the catalogue knows.
import pg from 'pg';
import { listTables, type Table } from './list-tables.ts';
import type { Owner, OwnerTx } from './owner.ts';

/** What was counted or erased, by table (`schema.table`); tables without rows are left out. */
export type Counts = Record<string, number>;

const CHUNK = 100;

/** Erases the organization's rows in the schemas given, children first; returns what was erased. */
export async function eraseRows(
  tx: OwnerTx,
  organizationId: string,
  at: { schemas: string[]; except?: string[] },
): Promise<Counts> {
  const counts: Counts = {};
  for (const table of (await listTables(tx, at.schemas)).reverse()) {
    const name = `${table.schema}.${table.name}`;
    if (at.except?.includes(name)) continue;
    const { rowCount } = await tx.query(`delete from ${table.place} where organization_id = $1`, [
      organizationId,
    ]);
    if (rowCount) counts[name] = rowCount;
  }
  return counts;
}

/** Counts the organization's rows in every table of every schema of the cluster. */
export async function countRows(
  owner: Owner,
  organizationId: string,
  at: { except: string[] },
): Promise<Counts> {
  const tables = (await owner.transact((tx) => listTables(tx))).filter(
    (table) => !at.except.includes(`${table.schema}.${table.name}`),
  );
  const counts: Counts = {};
  // In chunks, each a transaction: a cluster can have more tables than one transaction can lock.
  for (let start = 0; start < tables.length; start += CHUNK) {
    const text = tables
      .slice(start, start + CHUNK)
      .map(countOf)
      .join(' union all ');
    const { rows } = await owner.transact((tx) =>
      tx.query<{ name: string; n: number }>(text, [organizationId]),
    );
    for (const { name, n } of rows) if (n > 0) counts[name] = n;
  }
  return counts;
}

function countOf(table: Table): string {
  const name = pg.escapeLiteral(`${table.schema}.${table.name}`);
  return `select ${name} as name, count(*) as n from ${table.place} where organization_id = $1`;
}
