// npm run proof:crash: kills a running Insula with SIGKILL in the middle of streamed and unstreamed calls, relayed, translated
// and falling back, with tools and failing attempts among them, again and again, and compares what callers saw with the ledger: answered = settled, none twice, every orphan settled as estimated.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startOpenAiProvider } from '../../apps/server/test/fakes/openai-provider.ts';
import { anthropicWire } from '../../apps/server/test/fakes/wires/anthropic-wire.ts';
import { type Act, startScriptedProvider } from '../../apps/server/test/fakes/wires/index.ts';
import { makeDatabase } from '../make-database.ts';
import { call, type Environment, findPort, launch, newInstallation, startInsula } from '../start-insula.ts';
import { isSound, judgeLedger, readLedger, type Verdict } from './read-ledger.ts';
import { MODELS, startCallers, type Tally } from './start-callers.ts';

const WORKSPACE = '00000000-0000-0000-0000-000000000002';
/** Each round is killed at a random moment after this many more calls were answered. */
const ANSWERED_A_ROUND = 100;
const ROUND_MAX_MS = 30_000;
/** Times the pattern of answers and failures is told to the providers before each round. */
const BEHAVIOURS = 500;
/** A replica counts as dead after 15 s, and a sweep waits 20 s after its server started. */
const SWEEP_MS = 60_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    database: { type: 'string', default: 'both' },
    callers: { type: 'string', default: '48' },
  },
});
const rounds = Number(values.rounds);
const server = process.env.TEST_DATABASE_URL ?? process.env.DATABASE_URL;

type Proof = {
  database: string;
  rounds: number;
  sent: number;
  inFlightAtKills: number;
  seconds: number;
  secondProcess: string;
} & Verdict;

async function prove(database: 'pglite' | 'postgres'): Promise<Proof> {
  const startedAt = Date.now();
  const dataDir = mkdtempSync(join(tmpdir(), 'insula-crash-'));
  const scratch = database === 'postgres' ? await makeDatabase('crash') : undefined;
  const providers = {
    relayed: await startOpenAiProvider(),
    translated: await startScriptedProvider(anthropicWire),
  };
  const environment = newInstallation(dataDir, scratch?.url);
  const tally: Tally = { sent: 0, answered: new Map(), failed: 0 };
  try {
    const inFlightAtKills = await killAgainAndAgain(environment, { providers, tally });
    const secondProcess = await settleOrphans(environment, database);
    const reached = providers.relayed.requests
      .filter((r) => r.path.endsWith('/chat/completions'))
      .map((r) => String(r.headers['x-client-request-id']));
    const rows = await readLedger({ databaseUrl: scratch?.url, dataDir });
    const verdict = judgeLedger(rows, {
      answered: tally.answered.keys(),
      reached,
      counted: { anthropic: providers.translated.requests.filter((r) => r.method === 'POST').length },
    });
    return {
      database,
      rounds,
      sent: tally.sent,
      inFlightAtKills,
      ...verdict,
      secondProcess,
      seconds: Math.round((Date.now() - startedAt) / 1_000),
    };
  } finally {
    await Promise.all([providers.relayed.stop(), providers.translated.stop()]);
    await scratch?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

type Providers = {
  relayed: Awaited<ReturnType<typeof startOpenAiProvider>>;
  translated: Awaited<ReturnType<typeof startScriptedProvider>>;
};
type Scene = { providers: Providers; tally: Tally };

/** One answer in six calls a tool, and one attempt in six fails: at once, limited, or in the middle. */
function misbehave({ relayed, translated }: Providers): void {
  const toolCall = { name: 'get_weather', arguments: '{"city":"Roma"}' };
  const usage = { input: 9, cached: 0, written: 0, output: 5, reasoning: 0 };
  const calls = [{ id: 'toolu_1', name: toolCall.name, argumentPieces: ['{"city":', '"Roma"}'] }];
  const acts: Act[] = [{ script: { textPieces: [], calls, usage } }, {}, {}, {}, {}];
  const failures = [{ status: 500 }, { status: 429 }, { cutAfter: 2 }];
  relayed.forget();
  for (let at = 0; at < BEHAVIOURS; at++) {
    const failure = failures[at % failures.length]!;
    relayed.next({ toolCall }, {}, failure, {}, {}, {});
    translated.next(...acts, failure);
  }
}

async function killAgainAndAgain(environment: Environment, { providers, tally }: Scene): Promise<number> {
  let key: string | undefined;
  let inFlight = 0;
  for (let round = 1; round <= rounds; round++) {
    const insula = await startInsula(environment, await findPort());
    key ??= await makeKey(insula.url, providers);
    misbehave(providers);
    const callers = startCallers({ url: insula.url, key, count: Number(values.callers), tally });
    await untilAnswered(tally, tally.answered.size + ANSWERED_A_ROUND);
    await sleep(Math.random() * 300);
    inFlight += callers.inFlight();
    await insula.kill();
    await callers.stop();
    process.stderr.write(`\r  round ${round}/${rounds}: ${tally.sent} sent, ${tally.answered.size} answered`);
  }
  process.stderr.write('\n');
  return inFlight;
}

async function untilAnswered(tally: Tally, count: number): Promise<void> {
  const until = Date.now() + ROUND_MAX_MS;
  while (tally.answered.size < count && Date.now() < until) await sleep(5);
}

async function makeKey(url: string, { relayed, translated }: Providers): Promise<string> {
  const { access_token: token } = await call<{ access_token: string }>(`${url}/v1/auth/login`, {
    body: { email: 'admin@localhost', password: 'admin123' },
  });
  const make = <T>(what: string, body: object) =>
    call<T>(`${url}/v1/workspaces/${WORKSPACE}/${what}`, { token, body });
  await make('credentials', {
    name: 'Relayed',
    provider: 'openai',
    api_key: relayed.apiKey,
    base_url: `${relayed.origin}/v1`,
  });
  await make('credentials', {
    name: 'Translated',
    provider: 'anthropic',
    base_url: translated.origin + anthropicWire.basePath,
    models: [MODELS[2]],
    ...anthropicWire.fields,
  });
  await make('model-routes', { name: MODELS[1], targets: [{ model: MODELS[0] }, { model: MODELS[2] }] });
  const wanted = { name: 'Proof', scopes: ['chat'], rate_limit_per_minute: 1_000_000 };
  return (await make<{ key: string }>('api-keys', wanted)).key;
}

/** Lets a last server sweep, tries a second one beside it on the same folder, and stops both. */
async function settleOrphans(environment: Environment, database: string): Promise<string> {
  const last = await startInsula(environment, await findPort());
  const secondProcess =
    database === 'pglite' ? await tryBeside(environment) : 'several servers are meant to share PostgreSQL';
  await sleep(SWEEP_MS);
  await last.stop();
  return secondProcess;
}

async function tryBeside(environment: Environment): Promise<string> {
  const second = launch(environment, await findPort());
  const code = await Promise.race([
    new Promise<number | null>((resolve) => second.child.once('exit', resolve)),
    sleep(30_000).then(() => -1),
  ]);
  if (code === -1) await second.kill();
  return code === 0 || code === -1 ? 'NOT REFUSED' : `refused: ${second.said().trim().split('\n')[0]}`;
}

function report(proof: Proof): boolean {
  const isRight = isSound(proof) && !proof.secondProcess.startsWith('NOT');
  process.stdout.write(
    `\n${proof.database}: ${rounds} kills in ${proof.seconds} s, ${proof.inFlightAtKills} calls in flight at the kills\n`,
  );
  process.stdout.write(
    `  sent ${proof.sent}, answered ${proof.answered}, ${proof.intents} attempts (${proof.furtherAttempts} of them further ones); without settlement ${proof.unsettled}, settled twice ${proof.settledTwice}, answered but only swept ${proof.sweptThoughAnswered}\n`,
  );
  process.stdout.write(
    `  orphans swept as estimated ${proof.swept} (wrongly ${proof.sweptWrongly}), left open ${proof.open}; reached the provider without intent ${proof.withoutIntent}\n`,
  );
  process.stdout.write(
    `  a second process on the same data: ${proof.secondProcess}\n  ${isRight ? 'sound' : 'NOT SOUND'}\n`,
  );
  return isRight;
}

const databases = (['pglite', 'postgres'] as const).filter(
  (one) => values.database === 'both' || values.database === one,
);
const proofs: Proof[] = [];
for (const database of databases) {
  if (database === 'postgres' && !server)
    process.stdout.write('\npostgres: left out, because TEST_DATABASE_URL is not set\n');
  else proofs.push(await prove(database));
}
const allSound = proofs.map(report).every(Boolean);
process.stdout.write(`${JSON.stringify({ proof: 'crash', sound: allSound, databases: proofs })}\n`);
process.exitCode = allSound && proofs.length > 0 ? 0 : 1;
