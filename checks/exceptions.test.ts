import { expect, test } from 'vitest';
import { applyExceptions, type Exception, readExceptions } from './exceptions.ts';
import { plantTree } from './plant-tree.ts';
import type { Finding } from './tree.ts';

const path = 'apps/cli/src/start.ts';
const reason = 'the command starts the server, which is a process of its own';
const process: Finding = { path, line: 3, rule: 'boundaries/process', message: 'no processes' };
const long: Finding = {
  path,
  line: 9,
  rule: 'budgets/function',
  message: 'too long',
  name: 'start',
  amount: 60,
};
const forProcess: Exception = { rule: process.rule, path, reason };
const forLong: Exception = { rule: long.rule, path, name: 'start', amount: 60, reason };

/** The rules that remain when exceptions are applied. */
function remaining(findings: Finding[], exceptions: Exception[]): string[] {
  return applyExceptions(findings, exceptions).map(({ rule }) => rule);
}

test('an exception covers its rule in its file and nothing else', () => {
  expect(remaining([process, long], [forProcess, forLong])).toEqual([]);
  expect(remaining([process, { ...process, path: 'apps/cli/src/stop.ts' }], [forProcess])).toEqual([
    process.rule,
  ]);
  expect(remaining([long, { ...long, name: 'stop' }], [forLong])).toEqual([long.rule]);
});

test('an exception that nothing needs any more is an error', () => {
  expect(remaining([], [forProcess])).toEqual(['exceptions/stale']);
});

test('a size may shrink but not grow, and the exception shrinks with it', () => {
  expect(remaining([{ ...long, amount: 61 }], [forLong])).toEqual([long.rule]);
  expect(remaining([{ ...long, amount: 55 }], [forLong])).toEqual(['exceptions/shrunk']);
  expect(remaining([long], [{ rule: long.rule, path, reason }])).toEqual([long.rule]);
});

test('an exception gives its reason', () => {
  expect(remaining([process], [{ ...forProcess, reason: 'needed' }])).toEqual(['exceptions/reason']);
});

test('exceptions are read from the tree', () => {
  expect(readExceptions(plantTree({ 'a.txt': '' }))).toEqual([]);
  expect(readExceptions(plantTree({ 'checks/exceptions.json': JSON.stringify([forLong]) }))).toEqual([
    forLong,
  ]);
});
