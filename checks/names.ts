// Names that say what a thing is: kebab-case files called after what they export, and none of the words that mean nothing.
import { basename, dirname } from 'node:path';
import { exportedFunctions } from './prose.ts';
import type { Source } from './syntax.ts';
import { type Finding, isCode, isTest } from './tree.ts';

const emptyWords = new Set([
  ...[
    'manager',
    'helper',
    'util',
    'utility',
    'service',
    'handler',
    'processor',
    'data',
    'info',
    'item',
    'base',
  ],
  ...['common', 'core', 'shared', 'lib'],
]);
const emptyVerbs = new Set(['handle', 'process', 'manage', 'do', 'execute', 'perform']);

/** Names of formats and protocols that other people chose. */
const borrowed = ['base url', 'json schema', 'shared lock'];

/** Here the word schema has its one meaning: a PostgreSQL schema. */
const schemaPlaces =
  /^(apps\/server\/(src\/(platform\/db|modules\/tenancy)|test|migrations)|proofs|bench|checks)\//;

/** Files whose name is a role in the anatomy, not the name of an export. */
const roles = /^(main|app|index|routes|store|tables|reactions|jobs)\.[mc]?[jt]sx?$/;

/** Checks the names of files, folders and exports. */
export function checkNames(files: string[], sources: Source[]): Finding[] {
  return [
    ...files.flatMap(checkFileName),
    ...sources.flatMap((source) => [...checkExportNames(source), ...checkNamesake(source)]),
  ];
}

function layers(path: string, rule: string, message: string): Finding {
  return { path, line: 1, rule: `layers/${rule}`, message };
}

/** Splits a name of any spelling into lower-case words: `listApiKeys` → list, api, keys. */
function splitWords(name: string): string[] {
  const spaced = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2');
  return spaced
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

function emptyWord(name: string, path: string): string | undefined {
  const words = borrowed
    .reduce((text, one) => text.replaceAll(one, ''), splitWords(name).join(' '))
    .split(' ');
  return words.find((word) => {
    const singular = word.replace(/ies$/, 'y').replace(/s$/, '');
    return (
      emptyWords.has(word) || emptyWords.has(singular) || (singular === 'schema' && !schemaPlaces.test(path))
    );
  });
}

function checkFileName(path: string): Finding[] {
  if (/^(deploy|\.github)\//.test(path) || !/\.(tsx?|[mc]?js|css|md|json)$/.test(path)) return [];
  const name = basename(path);
  const stem = name.replace(/\..*$/, '');
  const findings: Finding[] = [];
  if (!/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name) && !/^[A-Z]+\.md$/.test(name)) {
    findings.push(layers(path, 'kebab-case', `"${name}": files are kebab-case, components too`));
  }
  const empty = emptyWord(`${dirname(path)}/${stem}`, path);
  if (empty) findings.push(layers(path, 'empty-name', teach(empty)));
  if (isCode(path) && emptyVerbs.has(splitWords(stem)[0] ?? '')) {
    findings.push(
      layers(
        path,
        'empty-name',
        `"${stem}" hides what happens: name it for the verb people use (publish, settle, revoke)`,
      ),
    );
  }
  return findings;
}

function teach(word: string): string {
  if (word.startsWith('schema'))
    return '"schema" means a PostgreSQL schema: say contract for the wire, tables for storage';
  return `"${word}" says nothing: name the thing itself, or the verb it does`;
}

function checkExportNames(source: Source): Finding[] {
  const functions = new Set(exportedFunctions(source).map(({ name }) => name));
  return [...source.exportedNames].flatMap(([name, line]) => {
    const empty = emptyWord(name, source.path);
    if (empty) return [{ ...layers(source.path, 'empty-name', `${name}: ${teach(empty)}`), line, name }];
    const first = splitWords(name)[0] ?? '';
    if (!emptyVerbs.has(first) || !functions.has(name)) return [];
    const message = `${name}: "${first}" hides what happens: use the verb people use (publish, settle, revoke)`;
    return [{ ...layers(source.path, 'empty-name', message), line, name }];
  });
}

/** In a module the file is called exactly like an export; elsewhere one word may name a place (clock.ts, fields.ts). */
function checkNamesake(source: Source): Finding[] {
  const { path } = source;
  const exported = [...source.exportedNames.keys()];
  const inModule = path.startsWith('apps/server/src/modules/');
  if (roles.test(basename(path)) || isTest(path) || /\.config\.[mc]?[jt]s$/.test(path)) return [];
  if (exported.length === 0 && !inModule) return [];
  const plain = (name: string) => splitWords(name).join('');
  const stem = plain(basename(path).replace(/\..*$/, ''));
  const root = stem.replace(/ies$/, 'y').replace(/s$/, '');
  if (exported.some((name) => plain(name) === stem)) return [];
  const oneWord = !basename(path).includes('-');
  if (!inModule && (oneWord || exported.some((name) => plain(name).includes(root)))) return [];
  const message = `no export is called like the file (it exports ${exported.join(', ') || 'nothing'}): name the file for its main export`;
  return [layers(path, 'namesake', message)];
}
