// LiteLLM's proxy. With its own PostgreSQL database and a virtual key where the Prisma engines can be had: they are
// downloaded from Prisma's own host when its client is generated. Where that host is out of reach it runs with its master
// key only, does less work than it would with a database, and the note says so.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MODEL } from '../dialogue.ts';
import { findPort, waitUntilReady } from '../processes.ts';
import { type Bench, isServing, type Peer, type Running } from './peer.ts';

const VERSION = '1.106.2';
const PRISMA_VERSION = '0.15.0';
const MASTER_KEY = 'sk-bench-master';
const START_MS = 120_000;

const folderOf = (bench: Bench) => join(bench.peersFolder, `litellm-${VERSION}`);
const binOf = (bench: Bench) => join(folderOf(bench), 'venv/bin');
const generatedOf = (bench: Bench) => join(folderOf(bench), 'prisma-generated');

async function install(bench: Bench): Promise<void> {
  const folder = folderOf(bench);
  const done = join(folder, 'installed');
  if (existsSync(done)) return;
  mkdirSync(folder, { recursive: true });
  const run = (name: string, command: string, args: string[]) =>
    bench.processes.run({ name, command, args }, 600_000);
  await run('litellm-venv', 'python3', ['-m', 'venv', join(folder, 'venv')]);
  const packages = [`litellm[proxy]==${VERSION}`, `prisma==${PRISMA_VERSION}`];
  await run('litellm-install', join(binOf(bench), 'pip'), ['install', '--quiet', ...packages]);
  writeFileSync(done, `${packages.join('\n')}\n`);
}

/** The environment in which LiteLLM finds its own `prisma` and asks nothing of the internet. */
function environmentOf(bench: Bench): Record<string, string> {
  return {
    PATH: `${binOf(bench)}:${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    PRISMA_HOME_DIR: folderOf(bench),
    LITELLM_LOCAL_MODEL_COST_MAP: 'True',
    LITELLM_MODE: 'PRODUCTION',
    LITELLM_LOG: 'ERROR',
  };
}

/** Generates the Prisma client; answers why that cannot be done here, or undefined when it is done. */
async function generateClient(bench: Bench): Promise<string | undefined> {
  if (!bench.databases) return 'no PostgreSQL server was given';
  if (existsSync(generatedOf(bench))) return undefined;
  const find =
    "import os, litellm; print(os.path.join(os.path.dirname(litellm.__file__), 'proxy', 'schema.prisma'))";
  const env = environmentOf(bench);
  const python = join(binOf(bench), 'python');
  const command = join(binOf(bench), 'prisma');
  try {
    const found = await bench.processes.run(
      { name: 'litellm-schema', command: python, args: ['-c', find], env },
      60_000,
    );
    const file = found.trim().split('\n').at(-1)!;
    const args = ['generate', '--schema', file];
    await bench.processes.run({ name: 'litellm-prisma', command, args, env }, 120_000);
    writeFileSync(generatedOf(bench), '');
    return undefined;
  } catch (error) {
    return `the Prisma engines could not be had: ${String(error).split('\n').at(-1)}`;
  }
}

function writeConfiguration(bench: Bench): string {
  const file = join(bench.folder, 'litellm.yaml');
  const provider = `{ model: openai/${MODEL}, api_base: "http://127.0.0.1:${bench.upstreamPort}/v1", api_key: sk-upstream }`;
  writeFileSync(
    file,
    `model_list:\n  - { model_name: ${MODEL}, litellm_params: ${provider} }\n` +
      `general_settings: { master_key: ${MASTER_KEY} }\nlitellm_settings: { telemetry: false }\n`,
  );
  return file;
}

/** Asks for a virtual key with limits and a budget that never stop a run. */
async function createVirtualKey(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/key/generate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${MASTER_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ rpm_limit: 1e9, tpm_limit: 1e12, max_budget: 1e9 }),
  });
  if (!response.ok) throw new Error(`no virtual key: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { key: string }).key;
}

type Mode = { database: string | undefined; why: string | undefined };

async function startIn(bench: Bench, mode: Mode): Promise<Running> {
  const port = await findPort();
  const args = ['--config', writeConfiguration(bench), '--host', '127.0.0.1', '--port', String(port)];
  const env = { ...environmentOf(bench), ...(mode.database ? { DATABASE_URL: mode.database } : {}) };
  const name = mode.database ? 'litellm-database' : 'litellm';
  const command = join(binOf(bench), 'litellm');
  const started = bench.processes.start({ name, command, args: [...args, '--num_workers', '1'], env });
  const targetFor = (key: string) => ({
    port,
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${key}` },
  });
  await waitUntilReady(started, START_MS, () => isServing(targetFor(MASTER_KEY)));
  const target = targetFor(mode.database ? await createVirtualKey(port) : MASTER_KEY);
  const note = mode.database
    ? `LiteLLM proxy ${VERSION}, 1 worker, own PostgreSQL database, virtual key with limits and budget`
    : `LiteLLM proxy ${VERSION}, 1 worker, MASTER KEY ONLY: no database, virtual keys, limits or spend (${mode.why})`;
  return { target, note, authenticates: true, stop: started.stop };
}

async function start(bench: Bench): Promise<Running> {
  const why = await generateClient(bench);
  if (why) return startIn(bench, { database: undefined, why });
  try {
    const { url } = await bench.databases!.create('litellm');
    return await startIn(bench, { database: url, why: undefined });
  } catch (error) {
    return startIn(bench, {
      database: undefined,
      why: `with a database: ${String(error).split('\n').at(-1)}`,
    });
  }
}

export const litellm: Peer = { name: 'litellm', install, start };
