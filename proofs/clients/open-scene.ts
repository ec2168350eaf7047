// A running Insula with a provider of every protocol behind it, and a Python program that asks it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { startOpenAiProvider } from '../../apps/server/test/fakes/openai-provider.ts';
import {
  allWires,
  type ScriptedWire,
  startScriptedProvider,
} from '../../apps/server/test/fakes/wires/index.ts';
import { responsesWire } from '../../apps/server/test/fakes/wires/responses-wire.ts';
import type { Python } from '../install-python.ts';
import { call, findPort, newInstallation, startInsula } from '../start-insula.ts';

const WORKSPACE = '00000000-0000-0000-0000-000000000002';
const ANSWER_MS = 30_000;

const named = (provider: string) => allWires.find((wire) => wire.provider === provider)!;
const places: Record<string, ScriptedWire> = {
  'claude-haiku-4-5': named('anthropic'),
  'local-model': named('custom'),
  'gemini-fake': named('google'),
  'gpt-4o': responsesWire,
};
/** Models of the provider that answers by itself. */
export const OWN = {
  chat: 'gpt-4o-mini',
  embedding: 'text-embedding-3-small',
  busy: 'fake-429',
  broken: 'fake-500',
};

export type Wish = { ask: string; model: string; stream?: boolean; tools?: boolean };
export type Said = {
  answer?: unknown;
  raised?: string;
  status?: number;
  retry_after?: string;
  broke?: string;
};
export type Scene = Awaited<ReturnType<typeof openScene>>;

/** Opens the scene on the embedded database. */
export async function openScene(python: Python) {
  const dataDir = mkdtempSync(join(tmpdir(), 'insula-clients-'));
  const insula = await startInsula(newInstallation(dataDir, undefined), await findPort());
  const own = await startOpenAiProvider({ models: Object.values(OWN) });
  const scripted = await Promise.all(
    Object.entries(places).map(async ([model, wire]) => ({
      model,
      wire,
      ...(await startScriptedProvider(wire)),
    })),
  );
  const key = await connect(insula.url, [
    { provider: 'openai', api_key: own.apiKey, base_url: `${own.origin}/v1`, models: Object.values(OWN) },
    ...scripted.map(({ model, wire, origin }) => ({
      ...{ provider: wire.provider, base_url: origin + wire.basePath, models: [model], ...wire.fields },
    })),
  ]);
  const program = startProgram(python, [insula.url, key]);
  return {
    ask: program.ask,
    /** Queues what the provider of a model does next. */
    next: (model: string, ...acts: Parameters<(typeof scripted)[number]['next']>) =>
      scripted.find((one) => one.model === model)!.next(...acts),
    async close() {
      program.stop();
      await insula.stop();
      await Promise.all([own, ...scripted].map((provider) => provider.stop()));
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Saves the credentials; answers a key that may call their models. */
async function connect(url: string, credentials: Record<string, unknown>[]): Promise<string> {
  const { access_token: token } = await call<{ access_token: string }>(`${url}/v1/auth/login`, {
    body: { email: 'admin@localhost', password: 'admin123' },
  });
  const workspace = `${url}/v1/workspaces/${WORKSPACE}`;
  for (const [at, one] of credentials.entries())
    await call(`${workspace}/credentials`, { token, body: { name: `Provider ${at}`, test: false, ...one } });
  const body = { name: 'Proof', scopes: ['chat', 'embeddings', 'models'], rate_limit_per_minute: 1_000_000 };
  return (await call<{ key: string }>(`${workspace}/api-keys`, { token, body })).key;
}

function startProgram(python: Python, args: string[]) {
  const command = [resolve('proofs/clients/ask.py'), ...args];
  const child = spawn(python.program('python'), command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async ask(wish: Wish): Promise<Said> {
      child.stdin.write(`${JSON.stringify(wish)}\n`);
      const line = await Promise.race([
        lines.next(),
        new Promise<never>((_, reject) =>
          setTimeout(reject, ANSWER_MS, new Error('Python says nothing.')).unref(),
        ),
      ]);
      if (line.done) throw new Error('The Python program ended.');
      return JSON.parse(line.value) as Said;
    },
    stop: () => void child.kill(),
  };
}
