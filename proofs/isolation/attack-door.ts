// SQL through the door, as if a store had been taken over: everything that a tenant's role can reach is read and written
// without a predicate, and with the foreign organization named. What it cannot stop is said aloud: the settings of the
// transaction are open to SQL.
import { CompiledQuery } from 'kysely';
import { placeOf } from './fill-canaries.ts';
import type { Attacker, Scene, Victim } from './open-scene.ts';

export type DoorResult = {
  statements: number;
  refused: number;
  leaks: { cell: string; why: string }[];
  notes: string[];
};
type Scope = { organization_id: string; workspaces: '*' | string[] };
type Run = { scene: Scene; result: DoorResult };

/** Attacks every table through the door as each attacker, with the sight of the organization and of one workspace. */
export async function attackDoor(scene: Scene): Promise<DoorResult> {
  const result: DoorResult = { statements: 0, refused: 0, leaks: [], notes: [] };
  const run = { scene, result };
  for (const attacker of scene.attackers) {
    const { organization_id, workspace_id } = attacker.things;
    const others = attacker.victims.filter(({ whose }) => whose.startsWith('other organization'));
    const neighbour = attacker.victims.filter(({ whose }) => whose === 'other workspace');
    await attackTables(run, attacker, { scope: { organization_id, workspaces: '*' }, victims: others });
    await attackTables(run, attacker, {
      scope: { organization_id, workspaces: [workspace_id] },
      victims: [...others, ...neighbour],
    });
    await noteSettings(run, attacker, others);
  }
  return result;
}

async function attackTables(
  run: Run,
  attacker: Attacker,
  { scope, victims }: { scope: Scope; victims: Victim[] },
) {
  const places = new Set(['platform', 'ledger', await placeOf(run.scene.ground, attacker.things)]);
  for (const { part } of victims) places.add(await placeOf(run.scene.ground, part));
  const tables = await run.scene.ground.rows<{ name: string; place: string; columns: string[] }>(
    `select c.relnamespace::regnamespace || '.' || c.relname as name, c.relnamespace::regnamespace::text as place,
       array(select attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
     from pg_class c where c.relkind in ('r', 'p', 'v') and c.relnamespace::regnamespace::text = any ($1)`,
    [[...places]],
  );
  for (const table of tables) {
    await read(run, {
      scope,
      victims,
      text: `select t::text as row from ${table.name} t`,
      table: table.name,
    });
    if (table.columns.includes('organization_id')) await write(run, { scope, victims, table });
  }
}

type Reading = { scope: Scope; victims: Victim[]; text: string; table: string };

async function read(run: Run, { scope, victims, text, table }: Reading): Promise<void> {
  for (const { row } of await send<{ row: string }>(run, scope, text))
    for (const { canary, whose, part } of victims) {
      const isForeign = part.workspace_id === undefined && row.includes(part.organization_id);
      // Where an organization lives is what the door itself reads; the tenant's role is not to.
      if (isForeign || row.includes(canary))
        run.result.leaks.push({
          cell: `door ${describe(scope)}: ${table}`,
          why: `read a row of ${whose}: ${row.slice(0, 120)}`,
        });
    }
}

type Writing = { scope: Scope; victims: Victim[]; table: { name: string; columns: string[] } };

/** Rows are changed, taken and planted; whether any victim's row changed is told by the checksums afterwards. */
async function write(run: Run, { scope, victims, table: { name, columns } }: Writing): Promise<void> {
  for (const { part, whose } of victims) {
    const organization = `'${part.organization_id}'::uuid`;
    const workspace =
      part.workspace_id &&
      (name.endsWith('.workspaces') ? 'id' : columns.includes('workspace_id') && 'workspace_id');
    if (part.workspace_id && !workspace) continue;
    const there = workspace
      ? `${workspace} = '${part.workspace_id}'::uuid`
      : `organization_id = ${organization}`;
    const column = workspace || 'organization_id';
    const target = workspace ? `'${part.workspace_id}'::uuid` : organization;
    const texts = [
      `update ${name} set ${column} = ${column} where ${there} returning 1 as row`,
      `delete from ${name} where ${there} returning 1 as row`,
      `update ${name} set ${column} = ${target} where ${column} <> ${target} returning 1 as row`,
      `insert into ${name} select (jsonb_populate_record(t, jsonb_build_object('${column}', ${target}, 'id', gen_random_uuid()))).*
       from ${name} t limit 1 returning 1 as row`,
    ];
    for (const text of texts.filter((one) => !isAnnouncing(one, workspace)))
      if ((await send(run, scope, text)).length > 0)
        run.result.leaks.push({
          cell: `door ${describe(scope)}`,
          why: `wrote a row of ${whose}: ${text.slice(0, 160)}`,
        });
  }
}

/** An event may tell of any workspace of the organization, whoever announces it: the trail is walled when it is read. */
const isAnnouncing = (text: string, workspace: unknown) =>
  Boolean(workspace) && /^insert into \w+\.events /.test(text);

/** Sends a statement through the door and takes back what it did; a refusal is no row. */
async function send<R>(run: Run, scope: Scope, text: string): Promise<R[]> {
  run.result.statements++;
  const undo = new Error('taken back');
  let rows: R[] = [];
  try {
    await run.scene.ground.app.db.as(scope, async (tx) => {
      rows = (await tx.executeQuery<R>(CompiledQuery.raw(text))).rows;
      throw undo;
    });
  } catch (error) {
    if (error !== undo) run.result.refused++;
  }
  return rows;
}

/** What SQL can do to the settings of its own transaction, told as it is. */
async function noteSettings(run: Run, attacker: Attacker, victims: Victim[]): Promise<void> {
  for (const { part, whose, canary } of victims) {
    const place = await placeOf(run.scene.ground, part);
    let outcome = 'reads nothing';
    try {
      await run.scene.ground.app.db.as(
        { organization_id: attacker.things.organization_id, workspaces: '*' },
        async (tx) => {
          await tx.executeQuery(
            CompiledQuery.raw(`select set_config('app.organization', '${part.organization_id}', true)`),
          );
          const { rows } = await tx.executeQuery<{ row: string }>(
            CompiledQuery.raw(`select t::text as row from ${place}.agents t`),
          );
          if (rows.some(({ row }) => row.includes(canary))) outcome = 'reads its rows';
        },
      );
    } catch {
      outcome = 'is refused by the grants of the role';
    }
    run.result.notes.push(`injected SQL that names itself ${whose}, from ${attacker.placement}: ${outcome}`);
  }
}

const describe = ({ workspaces }: Scope) => (workspaces === '*' ? 'of the organization' : 'of one workspace');
