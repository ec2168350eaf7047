// One run of Schemathesis as one caller, and what it found.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Python } from '../install-python.ts';
import type { Caller } from './open-scene.ts';
import { EXCLUDED, writeConfiguration } from './write-configuration.ts';

const DOCUMENT = 'docs/openapi.json';
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'ignored_auth',
];
/** What the document means by `default`, but for faults of ours: methods, sizes and types that are not taken. */
const EDGES = ['405', '413', '415'];

export type Outcome = {
  operations: number;
  requests: number;
  /** Operations that accepted at least one request. */
  accepted: number;
  /** What was wrong, one line a kind. */
  found: string[];
  /** What Schemathesis printed about it. */
  said: string;
};
type Run = {
  python: Python;
  caller: Caller;
  url: string;
  folder: string;
  plan: { seed: number; examples: number; phases: string };
};
type Report = {
  operations: { tested: number };
  test_cases: { generated: number };
  failures: { title: string; count: number; operations: string[] }[];
  errors: { title: string; count: number }[];
  valid_rates: Record<string, Record<string, { accepted: number }>>;
};

/** Asks as one caller; throws when Schemathesis itself does not run. */
export async function askEverything({ python, caller, url, folder, plan }: Run): Promise<Outcome> {
  const name = caller.role.replaceAll(' ', '-');
  const [configuration, report] = [join(folder, `${name}.toml`), join(folder, `${name}.json`)];
  writeFileSync(configuration, writeConfiguration(caller, plan));
  const args = [
    ...['--config-file', configuration, 'run', strictDocument(folder), '--url', url],
    ...['--header', `Authorization: Bearer ${await caller.credential()}`],
    ...['--checks', CHECKS.join(), '--phases', plan.phases, '--workers', '1', '--request-timeout', '30'],
    ...Object.keys(EXCLUDED).flatMap((operation) => ['--exclude-operation-id', operation]),
    ...['--report', 'json', '--report-json-path', report],
  ];
  const said = await run(python.program('st'), args, folder);
  try {
    return { ...readReport(JSON.parse(readFileSync(report, 'utf8')) as Report), said: excerptOf(said) };
  } catch (error) {
    throw new Error(`Schemathesis left no report: ${said.slice(-3_000)}`, { cause: error });
  }
}

/** The document with `default` said in full, so that a status nobody thought of is one that is not documented. */
function strictDocument(folder: string): string {
  type Operation = { responses: Record<string, unknown> };
  const document = JSON.parse(readFileSync(resolve(DOCUMENT), 'utf8')) as {
    paths: Record<string, Record<string, Operation>>;
  };
  for (const { responses } of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    for (const status of EDGES) responses[status] ??= responses.default;
    delete responses.default;
  }
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  return file;
}

async function run(program: string, args: string[], folder: string): Promise<string> {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
  await once(child, 'close');
  return said;
}

function readReport(report: Report): Omit<Outcome, 'said'> {
  const rates = Object.values(report.valid_rates);
  return {
    operations: report.operations.tested,
    requests: report.test_cases.generated,
    accepted: rates.filter((phases) => Object.values(phases).some((phase) => phase.accepted > 0)).length,
    found: [
      ...report.failures.map(
        ({ title, count, operations }) => `${title} × ${count} (${operations.join(', ')})`,
      ),
      ...report.errors.map(({ title, count }) => `${title} × ${count}`),
    ],
  };
}

const excerptOf = (said: string): string => {
  const from = Math.max(0, said.search(/^=+ (ERRORS|FAILURES) =+$/m));
  return said.slice(from, from + 20_000);
};
