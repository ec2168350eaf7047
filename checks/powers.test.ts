import { expect, test } from 'vitest';
import { checkBoundaries } from './boundaries.ts';
import { plantTree } from './plant-tree.ts';

const rule = 'apps/server/src/modules/prompts/find-prompt.ts';
const store = 'apps/server/src/modules/prompts/store.ts';

/** The rules that each line of a file breaks, in order. */
function found(path: string, ...lines: string[]): string[] {
  const findings = checkBoundaries(plantTree({ [path]: lines.join('\n') }));
  return findings.map(({ rule: name, line }) => `${name.replace('boundaries/', '')}@${line}`);
}

const environmentReads = [
  'const a = process.env.PATH;',
  `const b = process['env'];`,
  'const { env } = process;',
  'const c = globalThis.process.env;',
  `import { env as d } from 'node:process';`,
];

test('the environment is read in main.ts and nowhere else', () => {
  const everyLine = environmentReads.map((_, index) => `environment@${index + 1}`);
  expect(found('apps/server/src/platform/config.ts', ...environmentReads)).toEqual(everyLine);
  expect(found('apps/server/src/main.ts', ...environmentReads)).toEqual([]);
  expect(found('apps/cli/src/main.ts', ...environmentReads)).toEqual([]);
  expect(found('proofs/crash.ts', ...environmentReads)).toEqual([]);
  expect(found('apps/server/src/app.test.ts', ...environmentReads)).toEqual([]);
  expect(found(rule, 'const env = options.env; // process.env', 'const text = "process.env";')).toEqual([]);
});

test('queries stand in store.ts', () => {
  const queries = [
    `await tx.selectFrom('prompts').select('id').execute();`,
    `await tx.with('a', (b) => b.deleteFrom('prompts')).insertInto('prompts').execute();`,
    'await sql`select 1`.execute(tx);',
    'await sql<{ id: string }>`select id`.execute(tx);',
    `await client.query('select 1');`,
  ];
  expect(found(rule, ...queries)).toEqual(['query@1', 'query@2', 'query@2', 'query@3', 'query@4', 'query@5']);
  expect(found(store, ...queries)).toEqual([]);
  expect(found('apps/server/src/platform/db/door.ts', ...queries)).toEqual([]);
  expect(found('apps/server/src/modules/prompts/prompts.test.ts', ...queries)).toEqual([]);
  expect(found(rule, 'const page = request.query;', 'const rows = pages.query(filter);')).toEqual([]);
});

test('SQL is never glued together, not even in a store', () => {
  const glued = [
    'client.query(`select * from ${table}`);',
    `client.query('select ' + columns);`,
    'const text = `delete from ${table}`;',
    'client.query(text);',
    'client.query({ text: `select ${column}`, values: [] });',
    'sql.raw(order);',
    'sql.raw(`order by ${order}`);',
    'CompiledQuery.raw(`select ${order}`);',
  ];
  const lines = [1, 2, 4, 5, 6, 7, 8].map((line) => `interpolated-sql@${line}`);
  expect(found(store, ...glued)).toEqual(lines);
  const bound = [
    'sql`select * from prompts where id = ${id}`;',
    `client.query('select ' + 'one' + ' from prompts where id = $1', [id]);`,
    'client.query(`select 1`);',
    `sql.raw('nulls last');`,
    `const columns = 'id, ' + 'name';`,
    'const select = `select ${columns} from prompts`;',
    'client.query(`${select} where id = $1`, [id]);',
  ];
  expect(found(store, ...bound)).toEqual([]);
  const shadowed = [
    `const columns = 'id';`,
    'const list = (columns: string) => client.query(`select ${columns}`);',
  ];
  expect(found(store, ...shadowed)).toEqual(['interpolated-sql@2']);
  expect(found('apps/server/src/platform/db/ensure-roles.ts', ...glued)).toEqual([]);
});

test('the product runs no text as code and starts no processes', () => {
  const dangers = [
    `import { spawn } from 'node:child_process';`,
    `const vm = await import('vm');`,
    'eval(text);',
    `new Function('return 1');`,
    `globalThis.eval(text);`,
    'new Worker(text, { eval: true });',
  ];
  const names = [
    'process@1',
    'process@2',
    'text-as-code@3',
    'text-as-code@4',
    'text-as-code@5',
    'text-as-code@6',
  ];
  expect(found(rule, ...dangers)).toEqual(names);
  expect(found('proofs/crash.ts', ...dangers)).toEqual([]);
  const harmless = [
    'const evaluation = evaluate(text);',
    'redis.eval(script, 1, key);',
    `type F = Function;`,
  ];
  expect(found(rule, ...harmless)).toEqual([]);
});

test('our own modules are never mocked', () => {
  const path = 'apps/server/src/modules/prompts/prompts.test.ts';
  expect(found(path, `vi.mock('./store.ts');`, `vi.doMock(import('@insula/contract'));`)).toEqual([
    'mock@1',
    'mock@2',
  ]);
  expect(found(path, `vi.mock('node:dns');`, 'vi.fn();')).toEqual([]);
});
