import { expect, test } from 'vitest';
import { checkDrift } from './drift.ts';
import { plantTree } from './plant-tree.ts';

const server = [
  `const printed = { 'print-configuration-docs': '# Settings\\n', 'print-openapi': '{}\\n' };`,
  'process.stdout.write(printed[process.argv[2]]);\n',
].join('\n');

const clean: Record<string, string> = {
  'README.md': '# Insula\n',
  'ARCHITECTURE.md': 'line\n'.repeat(120),
  'docs/configuration.md': '# Settings\n',
  'docs/openapi.json': '{}\n',
  'apps/server/src/main.ts': server,
  'package.json': '{ "type": "module" }\n',
};

/** What a tree breaks, as `rule path:line`; undefined takes a file away. */
function found(changes: Record<string, string | undefined>): string[] {
  const files = Object.entries({ ...clean, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const findings = checkDrift(plantTree(Object.fromEntries(files)));
  return findings.map(({ rule, path, line }) => `${rule.replace('drift/', '')} ${path}:${line}`);
}

test('a tree whose documents are true passes', () => expect(found({})).toEqual([]));

test('generated documents equal what the server prints', () => {
  const changes = { 'docs/configuration.md': '# Settings\nold\n', 'docs/openapi.json': '{"a":1}\n' };
  expect(found(changes)).toEqual(['generated docs/configuration.md:2', 'generated docs/openapi.json:1']);
  expect(found({ 'docs/openapi.json': undefined })).toEqual(['generated docs/openapi.json:1']);
});

test('a server that cannot print is an error, not a pass', () => {
  const both = ['generated docs/configuration.md:1', 'generated docs/openapi.json:1'];
  expect(found({ 'apps/server/src/main.ts': `throw new Error('no');\n` })).toEqual(both);
  expect(found({ 'apps/server/src/main.ts': undefined })).toEqual(both);
});

test('the two documents at the front door exist and the second is short', () => {
  const changes = { 'README.md': undefined, 'ARCHITECTURE.md': 'line\n'.repeat(121) };
  expect(found(changes)).toEqual(['front-door README.md:1', 'architecture-length ARCHITECTURE.md:1']);
});

test('what documents name, and traces of work, are part of the drift', () => {
  expect(found({ 'docs/guides/a.md': 'See `npm run none` in /root/x.\n' })).toEqual([
    'script docs/guides/a.md:1',
    'machine-path docs/guides/a.md:1',
  ]);
});
