// The tables that hold rows of organizations, read from the catalogue, parents before children: what is new in a migration
// is moved, copied, erased and counted from its first day on.
import pg from 'pg';
import type { OwnerTx } from './owner.ts';

export type Table = {
  schema: string;
  name: string;
  /** Quoted, with its schema. */
  place: string;
  /** Every column with its type, in the table's order. */
  columns: string[];
  /** Columns that take values (generated ones do not), quoted. */
  writable: string[];
  /** Columns of the primary key, quoted. */
  key: string[];
};

type Row = Omit<Table, 'place'> & { parents: string[] };

const CATALOGUE = `select n.nspname as schema, c.relname as name,
    array(select a.attname || ' ' || format_type(a.atttypid, a.atttypmod) from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum)::text[] as columns,
    array(select quote_ident(a.attname) from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum)::text[] as writable,
    array(select quote_ident(a.attname) from pg_index i, unnest(i.indkey) with ordinality k (attnum, place)
      join pg_attribute a on a.attnum = k.attnum
      where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid order by k.place)::text[] as key,
    array(select f.confrelid::regclass::text from pg_constraint f
      where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid)::text[] as parents,
    c.oid::regclass::text as place
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and ($1::text[] is null or n.nspname = any ($1))
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped)
  order by n.nspname, c.relname`;

/** Tables with organizations' rows in the schemas given (all when left out), parents before children. */
export async function listTables(tx: OwnerTx, schemas?: string[]): Promise<Table[]> {
  const { rows } = await tx.query<Row & { place: string }>(CATALOGUE, [schemas ?? null]);
  return sortByParents(rows).map(({ parents: _, ...table }) => ({
    ...table,
    place: `${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)}`,
  }));
}

/** Throws unless both schemas have the same tables with the same columns: then their rows can be exchanged. */
export function assertAlike(left: Table[], right: Table[]): void {
  const described = (tables: Table[]) =>
    tables
      .map((t) => `${t.name}(${t.columns.join(', ')})`)
      .sort()
      .join('; ');
  if (described(left) !== described(right))
    throw new Error('The two places have different tables: migrate every cluster first.');
}

function sortByParents(rows: (Row & { place: string })[]): (Row & { place: string })[] {
  const sorted: (Row & { place: string })[] = [];
  const left = new Map(rows.map((row) => [row.place, row]));
  while (left.size > 0) {
    const free = [...left.values()].filter((row) => !row.parents.some((parent) => left.has(parent)));
    if (free.length === 0)
      throw new Error(`Tables refer to each other in a circle: ${[...left.keys()].join(', ')}.`);
    for (const row of free) {
      sorted.push(row);
      left.delete(row.place);
    }
  }
  return sorted;
}
