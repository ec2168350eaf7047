// What a day's work leaves behind: paths of one machine, hosts of a registry, unfinished marks, skipped tests.
// This file spells those words out and is therefore not read by itself.
import { basename } from 'node:path';
import { type Finding, listFiles, readText } from './tree.ts';

interface Trace {
  rule: string;
  pattern: RegExp;
  message: string;
}

const everywhere: Trace[] = [
  {
    rule: 'machine-path',
    pattern: /(?<![\w.:/])\/(work|root|farm)\/|\/tmp\/house/,
    message: 'a path of one machine: make it relative, or take it from the configuration',
  },
  {
    rule: 'registry-host',
    pattern:
      /\bregistry\.(npmjs|yarnpkg|npmmirror)\.\w+|npm\.pkg\.github\.com|files\.pythonhosted\.org|proxy\.golang\.org/,
    message: 'a registry host: which one is used is the business of the machine that installs',
  },
  {
    rule: 'registry-host',
    pattern: /"resolved": "https?:/,
    message: 'the lock file names a registry host: install with the .npmrc of this repository',
  },
];

const written: Trace[] = [
  {
    rule: 'unfinished',
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/,
    message: 'finish it, or write down what is missing where its reader will look for it',
  },
  {
    rule: 'skipped-test',
    pattern: /\b(it|test|describe|suite)\.(skip|only|todo|fails)\b|\.only\(/,
    message:
      'a test that does not run guards nothing: mend it or remove it (skipIf with a condition is fine)',
  },
  {
    rule: 'silenced-types',
    pattern: /@ts-(ignore|nocheck)\b|\bas any\b/,
    message: 'the types are telling something: say what the value is instead of silencing them',
  },
];

const exempt = new Set(['checks/residue.ts', 'checks/residue.test.ts', 'checks/drift.test.ts']);
const generated = new Set(['package-lock.json', 'openapi.json']);

/** Looks for traces in every text file, and for a newline at the end of it. */
export function checkResidue(root: string): Finding[] {
  return listFiles(root).flatMap((path) => {
    const text = exempt.has(path) ? undefined : readText(root, path);
    if (text === undefined) return [];
    const traces = generated.has(basename(path)) ? everywhere : [...everywhere, ...written];
    return [...findTraces({ path, text, traces }), ...checkEnd(path, text)];
  });
}

function findTraces({ path, text, traces }: { path: string; text: string; traces: Trace[] }): Finding[] {
  const present = traces.filter(({ pattern }) => pattern.test(text));
  if (present.length === 0) return [];
  return text.split('\n').flatMap((content, index) =>
    present.flatMap(({ rule, pattern, message }) => {
      const match = pattern.exec(content)?.[0];
      return match
        ? [{ path, line: index + 1, rule: `drift/${rule}`, message: `"${match}": ${message}` }]
        : [];
    }),
  );
}

function checkEnd(path: string, text: string): Finding[] {
  if (text === '' || text.endsWith('\n') || path.endsWith('.svg')) return [];
  const line = text.split('\n').length;
  return [{ path, line, rule: 'drift/newline', message: 'the last line has no newline at its end' }];
}
