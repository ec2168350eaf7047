import { describe, expect, test } from 'vitest';
import { checkBoundaries } from './boundaries.ts';
import { plantTree } from './plant-tree.ts';

const modules = 'apps/server/src/modules';

/** Rules broken by one file, as `rule@line`. */
function found(path: string, text: string, others: Record<string, string> = {}): string[] {
  const findings = checkBoundaries(plantTree({ ...others, [path]: text }));
  return findings.map(({ rule, line }) => `${rule.replace('boundaries/', '')}@${line}`);
}

describe('arrows point one way', () => {
  test.each([
    ['contract sees nothing of ours', 'packages/contract/src/a.ts', `import '@insula/sdk';`],
    ['sdk sees only the contract', 'packages/sdk/src/a.ts', `import { a } from '@insula/server';`],
    ['cli does not see the server', 'apps/cli/src/a.ts', `import { a } from '@insula/server';`],
    [
      'platform knows no module',
      'apps/server/src/platform/a.ts',
      `import { a } from '../modules/tenancy/index.ts';`,
    ],
    ['platform does not see app.ts', 'apps/server/src/platform/a.ts', `import { a } from '../app.ts';`],
    [
      'a module does not call one below it',
      `${modules}/prompts/a.ts`,
      `import { a } from '../knowledge/index.ts';`,
    ],
    ['a module does not see the sdk', `${modules}/prompts/a.ts`, `import { a } from '@insula/sdk';`],
    [
      'a module does not see test code',
      `${modules}/prompts/a.ts`,
      `import { a } from '../../../test/world.ts';`,
    ],
    [
      'a module is reached through its index',
      `${modules}/prompts/a.ts`,
      `import { a } from '../gateway/store.ts';`,
    ],
    [
      'app.ts, too, goes through the index',
      'apps/server/src/app.ts',
      `import { a } from './modules/gateway/store.ts';`,
    ],
    [
      'main.ts leaves modules to app.ts',
      'apps/server/src/main.ts',
      `import { a } from './modules/gateway/index.ts';`,
    ],
    [
      'a test goes through the index of others',
      `${modules}/prompts/a.test.ts`,
      `import { a } from '../agents/store.ts';`,
    ],
    ['proofs stay outside', 'proofs/crash.ts', `import { a } from '../apps/server/src/app.ts';`],
    ['checks know nothing of the product', 'checks/a.ts', `import { a } from '@insula/contract';`],
  ])('%s', (_, path, text) => {
    const rules = found(path, `\n${text}`);
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatch(/^(direction|package-name)@2$/);
  });

  test('every kind of import is seen, at its own line', () => {
    const text = [
      `import type { A } from '../agents/index.ts';`,
      `export { b } from '../agents/index.ts';`,
      `export * as c from '../agents/index.ts';`,
      `const d = await import('../agents/index.ts');`,
      'const e = await import(`../agents/index.ts`);',
      `type F = import('../agents/index.ts').F;`,
      `import {`,
      `  g,`,
      `} from '../agents/index.ts'; import '../agents/index.ts';`,
      `new Worker(new URL('../agents/index.ts', import.meta.url));`,
    ].join('\n');
    const lines = [1, 2, 3, 4, 5, 6, 7, 9, 10].map((line) => `direction@${line}`);
    expect(found(`${modules}/prompts/a.ts`, text)).toEqual(lines);
  });

  test('what only looks like an import is none', () => {
    const text = [
      `// import { a } from '../agents/index.ts';`,
      `/* export * from '../agents/index.ts' */`,
      `const text = "import { a } from '../agents/index.ts'";`,
      "const template = `import('../agents/index.ts') ${'export * from \"../agents/index.ts\"'}`;",
      `const pattern = /import '..\\/agents\\/index.ts'/;`,
      `const url = new URL('/agents', 'https://example.com');`,
    ].join('\n');
    expect(found(`${modules}/prompts/a.ts`, text)).toEqual([]);
  });

  test('what the rule allows passes', () => {
    const clean = {
      'packages/contract/src/a.ts': `import { z } from 'zod'; import { b } from './b.ts';`,
      'packages/sdk/src/a.ts': `import { a } from '@insula/contract';`,
      'packages/sdk/src/a.test.ts': `import { world } from '../../../apps/server/test/world.ts';`,
      'apps/cli/src/a.ts': `import { a } from '@insula/sdk'; import { b } from '@insula/contract';`,
      'apps/server/src/platform/db/door.ts': `import { a } from '@insula/contract'; import { b } from '../ids.ts';`,
      'apps/server/src/app.ts': `import { a } from './modules/insight/index.ts'; import { b } from './platform/ids.ts';`,
      'apps/server/src/main.ts': `import { a } from './app.ts'; import { b } from './platform/config.ts';`,
      [`${modules}/prompts/a.ts`]: `import { a } from '../gateway/index.ts'; import { b } from './store.ts'; import pg from 'pg';`,
      [`${modules}/prompts/library/a.ts`]: `import { a } from '../../gateway/index.ts'; import { b } from '../store.ts';`,
      [`${modules}/prompts/a.test.ts`]: `import { a } from '../agents/index.ts'; import { world } from '../../../test/world.ts'; import { b } from './store.ts';`,
      'apps/server/test/world.ts': `import { a } from '../src/app.ts'; import { b } from '../src/modules/tenancy/index.ts';`,
      'proofs/crash.ts': `import { a } from '@insula/sdk'; import { b } from '../apps/server/test/fakes/provider.ts';`,
    };
    expect(checkBoundaries(plantTree(clean))).toEqual([]);
  });
});

describe('packages are met by name', () => {
  test.each([
    [
      'climbing into another package',
      'packages/sdk/src/a.ts',
      `import { a } from '../../contract/src/index.ts';`,
    ],
    [
      'reaching inside a package',
      'packages/sdk/src/a.ts',
      `import { a } from '@insula/contract/src/prompts.ts';`,
    ],
    ['a package that does not exist', 'packages/sdk/src/a.ts', `import { a } from '@insula/everything';`],
    ['a package calling itself', 'packages/sdk/src/a.ts', `import { a } from '@insula/sdk';`],
  ])('%s is found', (_, path, text) => expect(found(path, text)).toEqual(['package-name@1']));

  test('a path that a package exports may be imported', () => {
    const manifest = JSON.stringify({ exports: { '.': './src/index.ts', './errors': './src/errors.ts' } });
    const text = `import { a } from '@insula/contract/errors';`;
    expect(found('packages/sdk/src/a.ts', text, { 'packages/contract/package.json': manifest })).toEqual([]);
    const pattern = JSON.stringify({ exports: { './*': './src/*.ts' } });
    expect(found('packages/sdk/src/a.ts', text, { 'packages/contract/package.json': pattern })).toEqual([]);
  });

  test.each(['/etc/a.ts', 'file:///a.ts', '#inside'])('the spelling %s is found', (specifier) => {
    expect(found('packages/sdk/src/a.ts', `import '${specifier}';`)).toEqual(['import-spelling@1']);
  });
});

test('a computed import is found in the product and allowed in a test', () => {
  expect(found(`${modules}/prompts/a.ts`, 'await import(name);')).toEqual(['computed-import@1']);
  const text = 'const name = "a"; await import(`./${name}.ts`);';
  expect(found(`${modules}/prompts/a.ts`, text)).toEqual(['computed-import@1']);
  expect(found(`${modules}/prompts/a.test.ts`, text)).toEqual([]);
});

test('export * is found; export * as name passes', () => {
  const text = `export * as b from './b.ts';\nexport * from './a.ts';\nexport type * from './a.ts';`;
  expect(found('packages/contract/src/index.ts', text)).toEqual(['star-export@2', 'star-export@3']);
});

test('a file that does not parse is found', () => {
  expect(found('packages/contract/src/index.ts', 'const = 1;')).toEqual(['unreadable@1']);
});
