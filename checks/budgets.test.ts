import { expect, test } from 'vitest';
import { checkBudgets } from './budgets.ts';
import { plantTree } from './plant-tree.ts';

/** What one file breaks, as `rule name amount`. */
function found(text: string, path = 'apps/cli/src/a.ts'): string[] {
  const findings = checkBudgets(plantTree({ [path]: text }));
  return findings.map(({ rule, name, amount }) =>
    [rule.replace('budgets/', ''), name, amount].filter(Boolean).join(' '),
  );
}

/** A body that makes the function around it `lines` long. */
const body = (lines: number) => `{\n${'one();\n'.repeat(lines - 2)}}`;

test('a file has at most 300 lines, a test file 500', () => {
  expect(found('one();\n'.repeat(300))).toEqual([]);
  expect(found('one();\n'.repeat(301))).toEqual(['file 301']);
  expect(found('one();\n'.repeat(500), 'apps/cli/src/a.test.ts')).toEqual([]);
  expect(found('one();\n'.repeat(501), 'apps/cli/src/a.test.ts')).toEqual(['file 501']);
  expect(found('one\n'.repeat(900), 'docs/guides/a.md')).toEqual([]);
});

test.each([
  ['a declaration', (text: string) => `function long() ${text}`],
  ['a constant', (text: string) => `const long = async () => ${text};`],
  ['a property', (text: string) => `const a = { long: function () ${text} };`],
  ['a method of an object', (text: string) => `const a = { long() ${text} };`],
  ['a method of a class', (text: string) => `class A { long() ${text} }`],
])('%s has at most 50 lines', (_, write) => {
  expect(found(write(body(50)))).toEqual([]);
  expect(found(write(body(51)))).toEqual(['function long 51']);
});

test('a long function inside a long one is told once', () => {
  expect(found(`function outer() {\nconst inner = () => ${body(60)};\n}`)).toEqual(['function outer 62']);
});

test('describe may be long, a test may not', () => {
  const path = 'apps/cli/src/a.test.ts';
  expect(found(`describe('a', () => ${body(60)});`, path)).toEqual([]);
  expect(found(`describe.skipIf(true)('a', () => ${body(60)});`, path)).toEqual([]);
  expect(found(`test('a', () => ${body(60)});`, path)).toEqual(['function a function 60']);
});

test('a function takes at most three parameters', () => {
  expect(found('function a(this: B, one: 1, two = 2, ...three: 3[]) {}')).toEqual([]);
  expect(found('function a(one: 1, two = 2, { three }: C, ...four: 4[]) {}')).toEqual(['parameters a 4']);
  expect(found('const a = (b, c, d, e) => b;')).toEqual(['parameters a 4']);
  expect(found('class A { constructor(b, c, d, e) {} }')).toEqual(['parameters constructor 4']);
});

test('the parameters of a callback belong to the one who calls it', () => {
  expect(found('text.replace(/a/g, (match, one, two, three) => one);')).toEqual([]);
});
