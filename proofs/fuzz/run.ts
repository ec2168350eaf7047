// npm run proof:fuzz: Schemathesis asks a running Insula everything that its OpenAPI document allows and much that it does
// not, as four kinds of caller: no fault of ours, no undocumented status, type or body, and a healthy server afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { countChecks } from '../count-checks.ts';
import { installPython, type Python } from '../install-python.ts';
import { askEverything, type Outcome } from './ask-everything.ts';
import { type Caller, openScene, type Scene } from './open-scene.ts';
import { EXCLUDED } from './write-configuration.ts';

const SCHEMATHESIS = 'schemathesis==4.32.5';
const ROLES: Caller['role'][] = ['admin', 'readonly member', 'API key', 'platform admin'];
/** Operations that at least one request of an administrator gets through: fewer, and the proof tries nothing. */
const LEAST_ACCEPTED = 40;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '7' },
    examples: { type: 'string' },
  },
});
const plan = {
  seed: Number(values.seed),
  examples: Number(values.examples ?? (values.quick ? 3 : 30)),
  phases: values.quick ? 'examples,fuzzing' : 'examples,coverage,fuzzing,stateful',
};
const checks = countChecks();

function judge(role: Caller['role'], outcome: Outcome): void {
  const { requests, operations, accepted, found } = outcome;
  checks.check(
    `${role}: every answer is documented, none is a fault of ours`,
    found.length === 0 && requests > operations,
    `${requests} requests to ${operations} operations, ${accepted} of them accepted one; ${found.join('; ') || 'nothing found'}`,
  );
  if (found.length > 0) process.stdout.write(`${outcome.said}\n`);
  if (role === 'admin' || role === 'platform admin')
    checks.check(`${role}: requests reach the rules`, accepted >= LEAST_ACCEPTED, `${accepted} operations`);
}

async function isWelcome(scene: Scene, caller: Caller): Promise<boolean> {
  const path = caller.role === 'API key' ? '/v1/models' : '/v1/auth/me';
  const headers = { authorization: `Bearer ${await caller.credential()}` };
  return (await fetch(scene.insula.url + path, { headers })).status === 200;
}

async function prove(python: Python, scene: Scene, folder: string): Promise<void> {
  const { url, child, said } = scene.insula;
  for (const role of ROLES) {
    const caller = await scene.openCaller(role);
    judge(role, await askEverything({ python, caller, url, folder, plan }));
    checks.check(`${role}: the caller is welcome afterwards`, await isWelcome(scene, caller), url);
  }
  const health = await fetch(`${url}/health`);
  const isRunning = child.exitCode === null && child.signalCode === null;
  checks.check('the server runs and is healthy', isRunning && health.ok, `/health answers ${health.status}`);
  const complaints = said().trim().split('\n').filter(Boolean);
  checks.check('the server logged no error', complaints.length === 0, `${complaints.length} lines`);
  for (const line of complaints.slice(0, 10)) process.stdout.write(`${line.slice(0, 1_000)}\n`);
}

const python = await installPython('fuzz', [SCHEMATHESIS]);
if (typeof python === 'string') {
  process.stdout.write(`skipped: ${SCHEMATHESIS} cannot be installed here (${python})\n0 passed, 0 failed\n`);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'insula-fuzz-'));
  const scene = await openScene();
  process.stdout.write(
    `${SCHEMATHESIS}, seed ${plan.seed}, ${plan.examples} examples, on ${scene.database}\n`,
  );
  for (const [operation, why] of Object.entries(EXCLUDED))
    process.stdout.write(`left out: ${operation}, which ${why}\n`);
  try {
    await prove(python, scene, folder);
  } finally {
    await scene.close();
    rmSync(folder, { recursive: true, force: true });
  }
  checks.finish();
}
