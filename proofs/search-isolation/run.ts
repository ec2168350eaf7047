// `npm run proof:search-isolation`: searches as readers of every kind and looks whether an answer tells anything of what they do
// not see. Passes: PGlite; PostgreSQL; PostgreSQL with every tenant predicate taken out of the stores. Exit code 1 on any fault.
// Options: --quick, --questions <number>, --seed <number>, --database pglite|postgres|both. PostgreSQL: TEST_DATABASE_URL.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    questions: { type: 'string' },
    seed: { type: 'string', default: '1' },
    database: { type: 'string', default: 'both' },
  },
});
const questions = options.questions ?? (options.quick ? '200' : '3000');
const flags = ['--questions', questions, '--seed', options.seed, '--books', options.quick ? '1' : '3'];
const url = process.env.TEST_DATABASE_URL ?? process.env.DATABASE_URL;

type Pass = { url: string | undefined; flags: string[]; isPostgres: boolean };
const passes: Pass[] = [
  { url: undefined, flags, isPostgres: false },
  ...(url ? [flags, [...flags, '--strip']].map((given) => ({ url, flags: given, isPostgres: true })) : []),
].filter(({ isPostgres }) => options.database === 'both' || (options.database === 'postgres') === isPostgres);

let faults = 0;
let asked = 0;
for (const pass of passes) {
  const result = await runPass(pass);
  faults += result?.faults ?? 1;
  asked += result?.questions ?? 0;
}
const skipped = url ? [] : ['PostgreSQL: set TEST_DATABASE_URL'];
console.log(
  JSON.stringify({ proof: 'search-isolation', passes: passes.length, questions: asked, faults, skipped }),
);
process.exitCode = faults > 0 || passes.length === 0 ? 1 : 0;

/** Runs one pass in a process of its own, shows what it says, and answers its last line. */
async function runPass(pass: Pass): Promise<{ faults: number; questions: number } | undefined> {
  const { TEST_DATABASE_URL: _other, ...rest } = process.env;
  const env = { ...rest, ...(pass.url ? { TEST_DATABASE_URL: pass.url } : {}) };
  const file = new URL('./run-pass.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [file, ...pass.flags], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (some: string) => {
    text += some;
  });
  await new Promise((resolve) => child.on('close', resolve));
  const lines = text.trimEnd().split('\n');
  const last = lines.at(-1)!.startsWith('{') ? lines.pop()! : undefined;
  console.log(lines.join('\n'));
  return last === undefined ? undefined : JSON.parse(last);
}
