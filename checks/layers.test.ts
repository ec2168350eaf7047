import { expect, test } from 'vitest';
import { checkLayers } from './layers.ts';
import { plantTree } from './plant-tree.ts';

const home = 'apps/server/src/modules/prompts';
const header = '// Why this file exists, in a sentence that says something.\n';

const wholeModule = {
  [`${home}/README.md`]: '# Prompts\n',
  [`${home}/index.ts`]: `${header}export { publishPrompt } from './publish-prompt.ts';\n`,
  [`${home}/publish-prompt.ts`]: `${header}\n/** Makes a version the one that callers get. */\nexport function publishPrompt() {}\n`,
  [`${home}/store.ts`]: `${header}\n/** Finds a prompt or undefined. */\nexport async function findPrompt(tx: TenantTx) {}\n`,
  [`${home}/prompts.test.ts`]: `import { test } from 'vitest';\n`,
  'apps/server/migrations/tenant/0001_prompts.sql': '-- Prompts and their versions.\n',
  'docs/decisions/0001-one-door.md': '# One door\n',
  'README.md': '# Insula\n',
};

/** What a tree adds to a clean module, as `rule path:line`. */
function found(files: Record<string, string>): string[] {
  const findings = checkLayers(plantTree({ ...wholeModule, ...files }));
  return findings.map(({ rule, path, line }) => `${rule.replace('layers/', '')} ${path}:${line}`);
}

test('a module of the right shape passes', () => expect(found({})).toEqual([]));

test('a folder outside the layout is found', () => {
  expect(found({ 'apps/server/src/stuff/a.txt': '' })).toEqual(['folder apps/server/src/stuff/a.txt:1']);
  expect(found({ 'apps/server/src/modules/billboard/README.md': '' })[0]).toMatch(/^folder .*billboard/);
  expect(found({ 'deploy/helm/templates/a.yaml': '' })).toEqual([]);
});

test('apps/server/src holds nothing but its entry files', () => {
  expect(found({ 'apps/server/src/wiring.ts': header })).toEqual(['server-file apps/server/src/wiring.ts:1']);
  expect(found({ 'apps/server/src/main.ts': header, 'apps/server/src/app.test.ts': '' })).toEqual([]);
});

test('a migration is numbered once and says why', () => {
  const folder = 'apps/server/migrations/tenant';
  expect(found({ [`${folder}/prompts.sql`]: '-- Prompts.\n' })).toEqual([
    `migration ${folder}/prompts.sql:1`,
  ]);
  expect(found({ [`${folder}/0001_others.sql`]: '-- Others.\n' })).toEqual([
    `migration ${folder}/0001_prompts.sql:1`,
  ]);
  expect(found({ [`${folder}/0002_more.sql`]: 'select 1;\n' })).toEqual([`header ${folder}/0002_more.sql:1`]);
});

test('a module has a README and an index, and both are short', () => {
  expect(found({ 'apps/server/src/modules/agents/store.ts': header })).toEqual([
    'anatomy apps/server/src/modules/agents/README.md:1',
    'anatomy apps/server/src/modules/agents/index.ts:1',
  ]);
  expect(found({ [`${home}/README.md`]: 'line\n'.repeat(40) })).toEqual([]);
  expect(found({ [`${home}/README.md`]: 'line\n'.repeat(41) })).toEqual([`readme ${home}/README.md:1`]);
  expect(found({ [`${home}/index.ts`]: header + '\n'.repeat(39) })).toEqual([]);
  expect(found({ [`${home}/index.ts`]: header + '\n'.repeat(40) })).toEqual([
    `index-size ${home}/index.ts:1`,
  ]);
});

test('only the closed list of names stands in a module', () => {
  expect(found({ [`${home}/versions.ts`]: `${header}export const versions = 1;\n` })).toEqual([
    `anatomy ${home}/versions.ts:1`,
  ]);
  expect(found({ [`${home}/prices.json`]: '{}' })).toEqual([`anatomy ${home}/prices.json:1`]);
});

test('a module splits above twelve files and not before', () => {
  const many = (folder: string, count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `${folder}/list-${index}.ts`,
        `${header}export const list${index} = 1;\n`,
      ]),
    );
  expect(found(many(home, 9))).toEqual([]);
  expect(found(many(home, 10))).toEqual([`module-size ${home}/index.ts:1`]);
  expect(found(many(`${home}/library`, 9))).toEqual([`module-size ${home}/library/list-0.ts:1`]);
  expect(found(many(`${home}/library`, 10))).toEqual([]);
});

test('files are kebab-case', () => {
  expect(found({ 'apps/cli/src/printTable.ts': `${header}export const printTable = 1;\n` })).toEqual([
    'kebab-case apps/cli/src/printTable.ts:1',
  ]);
  expect(found({ 'docs/guides/Getting_Started.md': '# Start\n' })).toEqual([
    'kebab-case docs/guides/Getting_Started.md:1',
  ]);
});

test.each([
  ['prompt-manager', 'PromptManager'],
  ['prompt-helpers', 'promptHelpers'],
  ['prompt-data', 'promptData'],
  ['list-items', 'listItems'],
  ['prompt-schema', 'promptSchema'],
])('the empty name %s is found in the file and in the export', (file, name) => {
  const path = `${home}/${file}.ts`;
  expect(found({ [path]: `${header}export const ${name} = 1;\n` })).toEqual([
    `empty-name ${path}:1`,
    `empty-name ${path}:2`,
  ]);
});

test.each(['handle', 'process', 'perform'])(
  'the empty verb %s is found in the file and in the export',
  (verb) => {
    const path = `${home}/${verb}-prompt.ts`;
    const text = `${header}\n/** Does something with a prompt. */\nexport function ${verb}Prompt() {}\n`;
    expect(found({ [path]: text })).toEqual([`empty-name ${path}:1`, `empty-name ${path}:4`]);
  },
);

test('words that only contain an empty word pass', () => {
  const names = ['findDatabase', 'baseUrl', 'metadataOf', 'processId', 'basement', 'jsonSchemaOf'];
  const text = `${header}${names.map((name) => `export const ${name} = 1;\n`).join('')}export class ProcessLost {}\n`;
  expect(found({ 'apps/server/src/platform/clock.ts': text })).toEqual([]);
  expect(found({ 'apps/server/src/platform/db/clock.ts': `${header}export const schemaOf = 1;\n` })).toEqual(
    [],
  );
});

test('a file is called like an export', () => {
  const path = `${home}/change-prompt.ts`;
  expect(found({ [path]: `${header}export const renamePrompt = 1;\n` })).toEqual([`namesake ${path}:1`]);
  expect(found({ [path]: `${header}export interface ChangePrompt {}\n` })).toEqual([]);
  expect(
    found({ [`${home}/verify-oauth-token.ts`]: `${header}export const verifyOAuthToken = 1;\n` }),
  ).toEqual([]);
});

test('a file opens with words', () => {
  const path = 'apps/cli/src/print-table.ts';
  const body = 'export const printTable = 1;\n';
  for (const opening of [
    '',
    '\n// Why this file exists, one line too late.\n',
    '// ----\n',
    '// biome-ignore all: because of reasons\n',
  ]) {
    expect(found({ [path]: opening + body })).toEqual([`header ${path}:1`]);
  }
  expect(found({ [path]: `#!/usr/bin/env node\n${header}${body}` })).toEqual([]);
  expect(found({ [path]: `/**\n * Why this file exists, at length.\n */\n${body}` })).toEqual([]);
});

test('an exported function has a sentence directly above it', () => {
  const path = 'apps/cli/src/print-table.ts';
  const forms = [
    'export function printTable() {}',
    'export const printTable = async () => 1;',
    'export default function printTable() {}',
    'function printTable() {}\nexport { printTable };',
  ];
  for (const form of forms) {
    expect(found({ [path]: `${header}\n${form}\n` })).toEqual([`documentation ${path}:3`]);
    expect(found({ [path]: `${header}\n// Prints rows under their headings.\n${form}\n` })).toEqual([]);
    expect(
      found({
        [path]: `${header}\n/** Prints rows under their headings. */\n// biome-ignore lint: no\n${form}\n`,
      }),
    ).toEqual([]);
    expect(found({ [path]: `${header}\n/** Prints rows under their headings. */\n\n${form}\n` })).toEqual([
      `documentation ${path}:5`,
    ]);
  }
});

test('a store function takes the transaction first', () => {
  const store = (parameters: string) => ({
    [`${home}/store.ts`]: `${header}\n/** Finds a prompt or undefined. */\nexport async function findPrompt(${parameters}) {}\n`,
  });
  expect(found(store('id: string'))).toEqual([`store-argument ${home}/store.ts:4`]);
  expect(found(store(''))).toEqual([`store-argument ${home}/store.ts:4`]);
  expect(found(store('tx: PlatformTx, id: string'))).toEqual([]);
});
