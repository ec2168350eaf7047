// `npm run check`: everything a machine can say about the tree, one line a finding, in a few seconds.
// `node checks/run.ts types drift` runs only the named sections. Exit code 1 when anything was found.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkBoundaries } from './boundaries.ts';
import { checkBudgets } from './budgets.ts';
import { checkDrift } from './drift.ts';
import { applyExceptions, readExceptions } from './exceptions.ts';
import { checkLayers } from './layers.ts';
import type { Finding } from './tree.ts';

interface Result {
  section: string;
  passed: boolean;
  output: string;
  ms: number;
}

const root = join(import.meta.dirname, '..');
const unformatted = 'format: Formatter would have printed the following content:';
const colours = process.stdout.isTTY === true;

const rules: Record<string, (root: string) => Finding[]> = {
  boundaries: checkBoundaries,
  layers: checkLayers,
  budgets: checkBudgets,
  drift: checkDrift,
};

const tools: Record<string, string[]> = {
  biome: [
    `biome check --error-on-warnings --max-diagnostics=200 --reporter=concise --colors=${colours ? 'force' : 'off'}`,
  ],
  types: listProjects().map((project) => `tsc --noEmit --pretty ${colours} --project ${project}`),
  knip: ['knip --no-progress --no-config-hints'],
};

/** The dashboard lives in a browser and must have a TypeScript project of its own. */
function listProjects(): string[] {
  return [
    'tsconfig.json',
    ...(existsSync(join(root, 'apps/dashboard')) ? ['apps/dashboard/tsconfig.json'] : []),
  ];
}

/** Runs the commands of a section at once and keeps the output of those that failed. */
async function runTool(section: string, commands: string[]): Promise<Result> {
  const started = performance.now();
  const runs = await Promise.all(commands.map(runCommand));
  const failed = runs.filter(({ code }) => code !== 0);
  const output = failed.map((run) => run.output.trimEnd()).join('\n');
  return { section, passed: failed.length === 0, output, ms: performance.now() - started };
}

function runCommand(command: string): Promise<{ code: number; output: string }> {
  const [program = '', ...args] = command.split(' ');
  return new Promise((resolve) => {
    const path = join(root, 'node_modules/.bin', program);
    const child = spawn(path, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ code: 1, output: `${program} did not start: ${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

function runRules(names: string[]): Result[] {
  const durations = new Map<string, number>();
  const findings = names.flatMap((name) => {
    const started = performance.now();
    const found = rules[name]!(root);
    durations.set(name, performance.now() - started);
    return found;
  });
  const exceptions = readExceptions(root).filter(({ rule }) => names.includes(sectionOf(rule)));
  const remaining = applyExceptions(findings, exceptions);
  return [...names, 'exceptions'].map((section) => {
    const own = remaining.filter(({ rule }) => sectionOf(rule) === section);
    const output = [...own.map(print), ...countRules(own)].join('\n');
    return { section, passed: own.length === 0, output, ms: durations.get(section) ?? 0 };
  });
}

function sectionOf(rule: string): string {
  return rule.split('/')[0] ?? rule;
}

function print({ path, line, rule, message }: Finding): string {
  return `${path}:${line} ${rule} ${message}`;
}

function countRules(findings: Finding[]): string[] {
  const counts = new Map<string, number>();
  for (const { rule } of findings) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts].sort().map(([rule, count]) => `${String(count).padStart(6)} ${rule}`);
}

function show({ section, passed, output, ms }: Result): void {
  if (!passed) console.log(`\n${output.replaceAll(unformatted, 'not formatted: npm run format')}\n`);
  console.log(
    `${passed ? 'ok    ' : 'FAILED'} ${section.padEnd(12)} ${(ms / 1000).toFixed(1).padStart(5)} s`,
  );
}

async function main(chosen: string[]): Promise<void> {
  const unknown = chosen.filter((name) => !(name in rules) && !(name in tools));
  if (unknown.length > 0) {
    console.error(
      `no section called ${unknown.join(', ')}; there are ${Object.keys({ ...tools, ...rules }).join(', ')}`,
    );
    process.exitCode = 2;
    return;
  }
  const wanted = (name: string) => chosen.length === 0 || chosen.includes(name);
  const running = Object.keys(tools)
    .filter(wanted)
    .map((name) => runTool(name, tools[name]!));
  const results = runRules(Object.keys(rules).filter(wanted));
  for (const result of results) show(result);
  for (const result of running) show(await result);
  const all = [...results, ...(await Promise.all(running))];
  const failed = all.filter(({ passed }) => !passed).length;
  console.log(`\ncheck: ${all.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main(process.argv.slice(2));
