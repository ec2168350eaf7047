import { expect, test } from 'vitest';
import { checkMentions } from './mentions.ts';
import { plantTree } from './plant-tree.ts';

const clean = {
  'README.md': '# Insula\n\nSee [the tour](ARCHITECTURE.md#tour) and `npm start`.\n',
  'ARCHITECTURE.md': '# Architecture\n',
  'docs/decisions/0001-one-door.md': '# One door\n',
  'apps/server/src/platform/db/door.ts': 'export {};\n',
  'apps/cli/src/main.ts': `program.command('organization');\n`,
  'package.json': `${JSON.stringify({ type: 'module', scripts: { start: 'node', check: 'node' } })}\n`,
  '.gitignore': '/data/\nbench/.peers/\n',
};

/** What one guide says that is not so, as `rule:line`. */
function found(guide: string): string[] {
  const findings = checkMentions(plantTree({ ...clean, 'docs/guides/a.md': guide }));
  return findings.map(({ rule, line }) => `${rule.replace('drift/', '')}:${line}`);
}

test.each([
  ['a link to nowhere', '[a](none.md)', 'link'],
  ['a script that is not there', '`npm run deploy`', 'script'],
  ['a test command that is not there', '`npm test`', 'script'],
  ['a command the CLI does not have', '`insula tenants list`', 'command'],
  ['a path in backticks', '`apps/server/src/platform/db/pool.ts`', 'path'],
  ['a path inside a command', '`node proofs/none.ts --rounds 3`', 'path'],
  ['a file named without its folder', '`pool.ts`', 'path'],
  ['a folder of the server', '`platform/queue`', 'path'],
])('a document that names %s is found', (_, text, rule) => {
  expect(found(`# A\n\n${text}\n`)).toEqual([`${rule}:3`]);
});

test('fenced commands are read too', () => {
  const text = '# A\n```bash\nnpm ci\nnpm run deploy\nnode apps/none.ts\n```\n';
  expect(found(text)).toEqual(['script:4', 'path:5']);
});

test('what exists, what is ignored and what is no name of ours passes', () => {
  const text = [
    '[one](../decisions/0001-one-door.md#why) [two](https://example.com/none.md) [three](#here) [four](../../README.md)',
    '`door.ts` `platform/db/door.ts` `apps/server/` `./docs/guides` `apps/cli/src/main.ts:1` `data/keys` `bench/.peers/a`',
    '`apps/<name>/src` `docs/*.md` `application/json` `openai/gpt-4o` `/v1/chat` `prompts:write` `npm ci` `npm run check`',
    '`insula organization create` and npm scripts in prose, or npm packages.',
  ];
  expect(found(`${text.join('\n')}\n`)).toEqual([]);
});
