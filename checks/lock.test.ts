import { expect, test } from 'vitest';
import { checkLock, completeLock } from './lock.ts';
import { plantTree } from './plant-tree.ts';

const optionalDependencies = {
  '@a/linux-x64-gnu': '1.0.0',
  '@a/darwin-arm64': '1.0.0',
  '@a/linux-arm64-musl': '1.0.0',
};
const installed = { version: '1.0.0', optional: true };
const lockOf = (packages: object) => `${JSON.stringify({ lockfileVersion: 3, packages }, null, 2)}\n`;

const broken = lockOf({
  '': { name: 'insula' },
  'node_modules/@a/linux-x64-gnu': installed,
  'node_modules/a': { version: '1.0.0', dev: true, optionalDependencies },
});

test('a lock file without the packages of another platform is found, and completed it passes', () => {
  const root = plantTree({ 'package-lock.json': broken });
  expect(checkLock(root).map(({ rule }) => rule)).toEqual(['drift/lock']);
  const completed = completeLock(broken);
  expect(checkLock(plantTree({ 'package-lock.json': completed }))).toEqual([]);
  expect(JSON.parse(completed).packages['node_modules/@a/linux-arm64-musl']).toEqual({
    version: '1.0.0',
    cpu: ['arm64'],
    dev: true,
    libc: ['musl'],
    optional: true,
    os: ['linux'],
  });
  expect(completeLock(completed)).toBe(completed);
});

test('a package that is installed inside its parent is there', () => {
  const nested = { 'node_modules/a': { version: '1.0.0', optionalDependencies: { b: '1.0.0' } } };
  const root = plantTree({
    'package-lock.json': lockOf({ ...nested, 'node_modules/a/node_modules/b': installed }),
  });
  expect(checkLock(root)).toEqual([]);
});

test('a package whose name tells no platform is not guessed', () => {
  const odd = lockOf({ 'node_modules/a': { version: '1.0.0', optionalDependencies: { swift: '1.0.0' } } });
  expect(() => completeLock(odd)).toThrow('swift');
});
