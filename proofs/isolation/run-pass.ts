// One pass of the proof on one database: the matrix for both attackers and each credential, SQL through the door, the abort
// storm, and the victims' rows before and after. Prints what it saw, a line a part, and the result as JSON on the last line.
// Options: --strip, --plant, --quick, --only <name of endpoints>, --every <n: a sample>. Which database: TEST_DATABASE_URL, or else the embedded one.
import { parseArgs } from 'node:util';
import { lintCatalogue } from '../../apps/server/test/sweeps/lint-catalogue.ts';
import { onPostgres } from '../../apps/server/test/world.ts';
import { attackDoor } from './attack-door.ts';
import { createStrip } from './create-strip.ts';
import { type Attacker, openScene, type Scene, settle, takeChecksums } from './open-scene.ts';
import { runMatrix } from './run-matrix.ts';
import { stormAborts } from './storm-aborts.ts';

const { values: options } = parseArgs({
  options: {
    strip: { type: 'boolean', default: false },
    plant: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    every: { type: 'string', default: '1' },
  },
});

const started = performance.now();
const leaks: { cell: string; why: string; answer?: string }[] = [];
const seconds = () => Number(((performance.now() - started) / 1000).toFixed(1));
const database = onPostgres ? 'PostgreSQL' : 'PGlite';
const say = (text: string) =>
  console.log(`${`${database}${options.strip ? ', stripped' : ''}`.padEnd(20)} ${text}`);

const strip = createStrip();
const scene = await openScene(options.strip ? { plugins: [strip.plugin] } : {});
const total = await provePass(scene).finally(() => scene.ground.close());
for (const [kind, { answer, count }] of groupLeaks())
  say(`LEAK ×${count} ${kind}${answer ? `\n    ${answer}` : ''}`);
console.log(
  JSON.stringify({
    database,
    stripped: options.strip,
    planted: options.plant,
    ...total,
    leaks: leaks.length,
    seconds: seconds(),
  }),
);
process.exitCode = leaks.length > 0 ? 1 : 0;

async function provePass(scene: Scene) {
  const all = options.quick ? scene.ground.each : scene.ground.endpoints;
  const wanted = all.filter(({ name }) => name.startsWith(options.only));
  // A sample begins anywhere, so that runs of it come to try everything.
  const step = Math.max(1, Number(options.every) || 1);
  const first = Math.floor(Math.random() * step);
  const endpoints = wanted.filter((_, index) => index % step === first);
  const names = new Set(endpoints.map(({ name }) => name));
  say(`${endpoints.length} routes of ${names.size} endpoints; scene ready after ${seconds()} s`);
  await settle(scene);
  if (options.plant) await plant(scene);
  else await lint(scene);
  const nothingYet = { cells: 0, requests: 0, statements: 0, aborted: 0 };
  const total = { endpoints: names.size, routes: endpoints.length, ...nothingYet };
  if (!options.strip && !options.only) await attackDirectly(scene, total);
  // Short: the embedded database, whose session is one of a superuser anyway, is tried by one of the attackers.
  const attackers = options.quick && !onPostgres ? scene.attackers.slice(0, 1) : scene.attackers;
  for (const attacker of attackers) {
    const before = await takeChecksums(scene, partsOf(attacker));
    for (const credential of attacker.credentials) {
      // An admin may change the other workspace: from then on only other organizations have to stay as they were.
      if (!credential.isBound) await compareChecksums(scene, attacker, before);
      const seen = await runMatrix(scene, {
        endpoints,
        attacker,
        credential,
        isCompared: !options.strip,
        isShort: options.quick,
      });
      total.cells += seen.cells;
      total.requests += seen.requests;
      leaks.push(...seen.leaks);
      const statuses = [...seen.statuses]
        .sort(([a], [b]) => a - b)
        .map(([status, count]) => `${status}: ${count}`);
      say(
        `${attacker.placement} ${credential.kind}: ${seen.cells} cells, ${seen.leaks.length} leaks (${statuses.join(', ')}), ${seconds()} s`,
      );
    }
    await compareChecksums(
      scene,
      attacker,
      new Map([...before].filter(([name]) => !name.includes(neighbourOf(attacker)))),
    );
  }
  if (options.strip)
    say(`${strip.stats().predicates} predicates taken out of ${strip.stats().queries} different queries`);
  return total;
}

async function attackDirectly(scene: Scene, total: { statements: number; aborted: number }): Promise<void> {
  const parts = scene.attackers.flatMap(partsOf);
  const before = await takeChecksums(scene, parts);
  const door = await attackDoor(scene);
  leaks.push(...door.leaks);
  total.statements = door.statements;
  say(
    `door: ${door.statements} statements, ${door.refused} refused, ${door.leaks.length} leaks, ${seconds()} s`,
  );
  for (const note of new Set(door.notes)) say(`  known: ${note}`);
  await compareMaps(before, await takeChecksums(scene, parts));
  const storm = await stormAborts(scene, options.quick ? 200 : 1_000);
  leaks.push(...storm.leaks);
  total.aborted = storm.aborted;
  say(
    `storm: ${storm.requests} requests, ${storm.aborted} hung up, ${storm.leaks.length} leaks, ${seconds()} s`,
  );
}

function partsOf(attacker: Attacker) {
  return attacker.victims.filter(({ whose }) => !whose.startsWith('deleted')).map(({ part }) => part);
}

function neighbourOf(attacker: Attacker): string {
  return attacker.victims.find(({ whose }) => whose === 'other workspace')!.part.workspace_id!;
}

async function compareChecksums(
  scene: Scene,
  attacker: Attacker,
  before: Map<string, string>,
): Promise<void> {
  await compareMaps(before, await takeChecksums(scene, partsOf(attacker)));
}

async function compareMaps(before: Map<string, string>, after: Map<string, string>): Promise<void> {
  for (const [name, sum] of before)
    if (after.get(name) !== sum) leaks.push({ cell: name, why: 'rows of a victim changed' });
}

/** Leaks that differ in ids only are one kind; at most 25 kinds are shown. */
function groupLeaks(): [string, { answer: string; count: number }][] {
  const kinds = new Map<string, { answer: string; count: number }>();
  for (const { cell, why, answer = '' } of leaks) {
    const kind = `${cell}: ${why}`
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
      .replaceAll(/canary\w+/g, 'canary');
    kinds.set(kind, { answer, count: (kinds.get(kind)?.count ?? 0) + 1 });
  }
  return [...kinds].slice(0, 25);
}

/** The catalogue holds its rules on this very database. */
async function lint(scene: Scene): Promise<void> {
  const client = await scene.ground.app.db.clusters.get('main').admin.connect();
  const findings = await lintCatalogue(client).finally(() => client.release());
  for (const { rule, object, message } of findings)
    leaks.push({ cell: `catalogue, ${rule}`, why: `${object} ${message}` });
  say(`catalogue: ${findings.length} findings`);
}

/** Opens one wall, to see that the proof finds the hole: the policy of one table lets everybody see every row. */
async function plant(scene: Scene): Promise<void> {
  await scene.ground.rows('alter policy organization on tenants.agents using (true) with check (true)');
  await scene.ground.rows('drop policy workspace on tenants.agents');
  say('planted: the policies of tenants.agents let everything through');
}
