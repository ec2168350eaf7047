// The traces are written out here; this file, like residue.ts, is therefore not read by the check.
import { expect, test } from 'vitest';
import { plantTree } from './plant-tree.ts';
import { checkResidue } from './residue.ts';

/** What one file breaks, as `rule:line`. */
function found(text: string, path = 'apps/cli/src/a.ts'): string[] {
  return checkResidue(plantTree({ [path]: text })).map(
    ({ rule, line }) => `${rule.replace('drift/', '')}:${line}`,
  );
}

test.each([
  ['a path of one machine', 'machine-path', `const a = '${['', 'work', 'a'].join('/')}';`],
  ['a home folder', 'machine-path', 'cd /root/insula'],
  ['a registry host', 'registry-host', 'https://registry.npmjs.org/zod'],
  ['an unfinished mark', 'unfinished', '// TODO: later'],
  ['another one', 'unfinished', '/* FIXME */'],
  ['a skipped test', 'skipped-test', `it.skip('a', () => {});`],
  ['a test that shuts out others', 'skipped-test', `test.only('a', () => {});`],
  ['silenced types', 'silenced-types', '// @ts-ignore'],
  ['any by force', 'silenced-types', 'const a = b as any;'],
])('%s is found', (_, rule, text) => expect(found(`one\n${text}\n`)).toEqual([`${rule}:2`]));

test('what only looks like a trace passes', () => {
  const lines = [
    `https://example.com${['', 'work', 'a'].join('/')}`,
    './root/a',
    `test.skipIf(!url)('a')`,
    'XXXL mastodon',
    'it.each([1])',
    'framework/',
  ];
  expect(found(`${lines.join('\n')}\n`)).toEqual([]);
});

test('a lock file is searched for hosts and not for words', () => {
  expect(found('"resolved": "https://mirror.example/zod.tgz"\n', 'package-lock.json')).toEqual([
    'registry-host:1',
  ]);
  expect(found('"integrity": "sha512-a/XXX/b"\n', 'package-lock.json')).toEqual([]);
});

test('a text file ends with a newline; a binary file is left alone', () => {
  expect(found('one\ntwo')).toEqual(['newline:2']);
  expect(found('one\n')).toEqual([]);
  expect(found('\0TODO', 'docs/images/a.png')).toEqual([]);
});
