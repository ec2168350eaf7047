// Documents that the server writes about itself, and the proof that the committed copy is what it would write today.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, readText } from './tree.ts';

const server = 'apps/server/src/main.ts';
const timeoutMs = 30_000;

const documents = [
  { path: 'docs/configuration.md', command: 'print-configuration-docs' },
  { path: 'docs/openapi.json', command: 'print-openapi' },
];

/** Runs the server's print commands in an empty environment and compares them with the committed files. */
export function checkGeneratedDocuments(root: string): Finding[] {
  return documents.flatMap(({ path, command }) => {
    const cure = `node ${server} ${command} > ${path}`;
    const found = (message: string, line = 1): Finding[] => [
      { path, line, rule: 'drift/generated', message },
    ];
    if (!existsSync(join(root, server)))
      return found(`cannot be compared: there is no ${server} to print it`);
    const printed = print(root, command);
    if (printed.failure)
      return found(`cannot be compared: "${server} ${command}" failed: ${printed.failure}`);
    if (!existsSync(join(root, path))) return found(`does not exist: ${cure}`);
    const committed = readText(root, path) ?? '';
    if (committed === printed.text) return [];
    return found(`is not what the server prints: ${cure}`, firstDifference(committed, printed.text));
  });
}

function print(root: string, command: string): { text: string; failure: string | undefined } {
  const result = spawnSync(process.execPath, [server, command], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    timeout: timeoutMs,
    maxBuffer: 64 << 20,
  });
  if (result.status === 0) return { text: result.stdout, failure: undefined };
  const lines = `${result.error?.message ?? ''}\n${result.stderr ?? ''}`
    .split('\n')
    .filter((line) => line.trim() !== '');
  const reason = lines.find((line) => /error/i.test(line)) ?? lines[0] ?? `exit code ${result.status}`;
  return { text: '', failure: reason.trim() };
}

function firstDifference(left: string, right: string): number {
  const others = right.split('\n');
  const index = left.split('\n').findIndex((line, at) => line !== others[at]);
  return index === -1 ? 1 : index + 1;
}
