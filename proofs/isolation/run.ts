// `npm run proof:isolation`: tries from outside to reach what belongs to others, and prints what it saw, in numbers. Passes:
// the embedded database; PostgreSQL; PostgreSQL with every tenant predicate taken out of the stores. Exit code 1 on any leak.
// Options: --database pglite|postgres|both, --strip (that pass only), --plant (that pass with a wall taken down: it must
// leak), --quick (each endpoint at one address), --every n (a sample of them). PostgreSQL: TEST_DATABASE_URL or DATABASE_URL; scratch databases are made.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: 'both' },
    strip: { type: 'boolean', default: false },
    plant: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    every: { type: 'string', default: '1' },
  },
});

type Pass = {
  name: string;
  database: 'pglite' | 'postgres';
  isStripped: boolean;
  url: string | undefined;
  flags: string[];
};
type Result = { database: string; leaks: number } & Record<string, unknown>;

/** Runs one pass in a process of its own, shows what it says, and answers its last line. */
function runPass({ url, flags }: Pass): Promise<Result | undefined> {
  const { TEST_DATABASE_URL: _other, ...rest } = process.env;
  const env = { ...rest, ...(url ? { TEST_DATABASE_URL: url } : {}) };
  const file = new URL('./run-pass.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [file, ...flags], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let last = '';
  let partial = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (partial + text).split('\n');
    partial = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith('{')) last = line;
      else console.log(line);
    }
  });
  return new Promise((resolve) => {
    child.on('close', () => resolve(last === '' ? undefined : (JSON.parse(last) as Result)));
  });
}

function listPasses(url: string | undefined): Pass[] {
  const flags = [
    ...(options.quick ? ['--quick'] : []),
    ...(options.only ? ['--only', options.only] : []),
    ...['--every', options.every],
  ];
  const stripped = ['--strip', ...(options.plant ? ['--plant'] : []), ...flags];
  const all: Pass[] = [
    { name: 'PGlite', database: 'pglite', url: undefined, flags, isStripped: false },
    { name: 'PostgreSQL', database: 'postgres', url, flags, isStripped: false },
    { name: 'PostgreSQL, stripped', database: 'postgres', url, flags: stripped, isStripped: true },
  ];
  return all.filter(
    ({ database, isStripped }) =>
      (options.database === 'both' || options.database === database) &&
      (isStripped || !(options.strip || options.plant)),
  );
}

/** Runs the passes one after another; those on a database that is not there are named and left out. */
async function runLane(passes: Pass[]): Promise<void> {
  for (const pass of passes) {
    if (pass.database === 'postgres' && !url) {
      skipped.push(pass.name);
      console.log(
        `SKIPPED ${pass.name}: set TEST_DATABASE_URL to the address of a PostgreSQL server to run it.`,
      );
      continue;
    }
    const result = await runPass(pass);
    if (result) results.push(result);
    else broken.push(pass.name);
  }
}

const started = performance.now();
const url = process.env.TEST_DATABASE_URL ?? process.env.DATABASE_URL;
const results: Result[] = [];
const skipped: string[] = [];
const broken: string[] = [];
const passes = listPasses(url);
// Each pass keeps one core busy: the two databases are tried side by side.
await Promise.all(
  ['pglite', 'postgres'].map((name) => runLane(passes.filter(({ database }) => database === name))),
);
for (const { database, stripped, routes, cells, requests, leaks, seconds } of results)
  console.log(
    `${database}${stripped ? ', stripped' : ''}: ${routes} routes, ${cells} cells, ${requests} requests, ${leaks} leaks, ${seconds} s`,
  );
for (const name of broken) console.log(`${name}: did not reach its end`);
const leaks = results.reduce((sum, result) => sum + result.leaks, 0);
const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
console.log(JSON.stringify({ proof: 'isolation', leaks, seconds, skipped, broken, passes: results }));
process.exitCode = leaks === 0 && results.length > 0 && broken.length === 0 ? 0 : 1;
