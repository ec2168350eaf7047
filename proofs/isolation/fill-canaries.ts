// Writes a canary into every text of an organization's rows, whatever tables and columns there are, so that a leak shows
// whichever field it comes through; and lists every id that stands in those rows.
import type { SweepGround } from '../../apps/server/test/sweeps/open-sweep-ground.ts';

export type Rows = Pick<SweepGround, 'rows'>;
/** An organization, or only one workspace of it. */
export type Part = { organization_id: string; workspace_id?: string };

type Column = { table_name: string; column_name: string; udt_name: string };

/** Columns whose words are a closed list that the server reads back. */
const closed = new Set([
  'role',
  'actor_kind',
  'permissions',
  'organization_permissions',
  'scopes',
  'enabled_tools',
  'rate_limits',
  'type',
  'provider',
]);

/** Fills every text, list of texts and JSON object of the part, except closed words and what a key refers to. */
export async function fillCanaries(ground: Rows, part: Part, canary: string): Promise<void> {
  const place = await placeOf(ground, part);
  const checked = await listChecked(ground, place);
  for (const [table, columns] of await listColumns(ground, place)) {
    const where = filterOf(table, columns, part);
    if (!where) continue;
    const texts = columns.filter(
      ({ column_name: name }) => !closed.has(name) && !checked.has(`${table}.${name}`),
    );
    const changes = texts.flatMap((column) => changeOf(column));
    if (changes.length > 0)
      await ground.rows(
        `update ${place}.${table} t set ${changes.join(', ')} where ${where}`,
        [part.organization_id, ...(part.workspace_id ? [part.workspace_id] : []), canary].map(String),
      );
  }

  function changeOf({ column_name: name, udt_name: type }: Column): string[] {
    const mark = part.workspace_id ? '$3' : '$2';
    const made = `left(${mark}::text || '-${name.replaceAll('_', '-')}-' || md5(t::text), 100)`;
    const changed = changedTo[type]?.(name, made);
    return changed
      ? [`${name} = case when position(${mark}::text in ${name}::text) > 0 then ${name} else ${changed} end`]
      : [];
  }
}

/** What a canary makes of a column, by type. */
const changedTo: Record<string, (name: string, made: string) => string> = {
  text: (_name, made) => made,
  _text: (_name, made) => `array[${made}]`,
  jsonb: (name, made) =>
    `case jsonb_typeof(${name}) when 'object' then ${name} || jsonb_build_object('canary', ${made}) else ${name} end`,
};

/** A checksum of every table's rows of the part, by table; and every id in them. */
export async function readPart(
  ground: Rows,
  part: Part,
): Promise<{ sums: Map<string, string>; ids: Set<string> }> {
  const place = await placeOf(ground, part);
  const sums = new Map<string, string>();
  const ids = new Set<string>();
  const tables = [...(await listColumns(ground, place))].map(([table, columns]) => ({
    table,
    name: `${place}.${table}`,
    columns,
  }));
  const platform = part.workspace_id ? [] : await listColumns(ground, 'platform');
  for (const [table, columns] of platform) tables.push({ table, name: `platform.${table}`, columns });
  for (const [table, columns] of await listColumns(ground, 'ledger'))
    tables.push({ table, name: `ledger.${table}`, columns });
  for (const { table, name, columns } of tables) {
    const where = filterOf(table, columns, part);
    if (!where || unsteady.has(table)) continue;
    const values = part.workspace_id ? [part.organization_id, part.workspace_id] : [part.organization_id];
    const [row] = await ground.rows<{ sum: string; texts: string }>(
      `select coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '') as sum, coalesce(string_agg(t::text, ' '), '') as texts
       from ${name} t where ${where}`,
      values,
    );
    sums.set(name, row!.sum);
    for (const [id] of row!.texts.matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)) ids.add(id);
  }
  return { sums, ids };
}

/** Tables that the server itself goes on writing: the seals of the trail. */
const unsteady = new Set(['events_unsealed', 'event_seals', 'event_checkpoints']);

function filterOf(table: string, columns: Column[], part: Part): string | undefined {
  const has = (name: string) => columns.some(({ column_name }) => column_name === name);
  if (!has('organization_id')) return undefined;
  if (!part.workspace_id) return 't.organization_id = $1::uuid';
  const column = table === 'workspaces' ? 'id' : 'workspace_id';
  return has(column) && (table === 'workspaces' || has('workspace_id'))
    ? `t.organization_id = $1::uuid and t.${column} = $2::uuid`
    : undefined;
}

/** The schema that an organization lives in. */
export async function placeOf(ground: Rows, part: Part): Promise<string> {
  const [row] = await ground.rows<{ schema_name: string }>(
    'select schema_name from platform.residents where organization_id = $1',
    [part.organization_id],
  );
  return row!.schema_name;
}

async function listColumns(ground: Rows, place: string): Promise<Map<string, Column[]>> {
  const columns = await ground.rows<Column>(
    `select c.relname as table_name, a.attname as column_name, t.typname as udt_name from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped join pg_type t on t.oid = a.atttypid
     where c.relnamespace = to_regnamespace($1) and c.relkind in ('r', 'p') and not c.relispartition`,
    [place],
  );
  return Map.groupBy(columns, ({ table_name }) => table_name);
}

/** Columns that a check constraint restricts, as `table.column`. */
async function listChecked(ground: Rows, place: string): Promise<Set<string>> {
  const rows = await ground.rows<{ name: string }>(
    `select c.relname || '.' || a.attname as name from pg_constraint k join pg_class c on c.oid = k.conrelid
     join pg_attribute a on a.attrelid = c.oid and a.attnum = any (k.conkey)
     where k.contype = 'c' and c.relnamespace = to_regnamespace($1)`,
    [place],
  );
  return new Set(rows.map(({ name }) => name));
}
