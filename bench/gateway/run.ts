// `npm run bench:gateway`: Insula beside Portkey, LiteLLM and a plain proxy, in one run on one machine. Whatever it starts
// or creates is gone when it ends, also after an error or Ctrl-C; a peer that cannot be had is reported, not fatal.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Databases, openDatabases } from './databases.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { direct } from './peers/direct.ts';
import { createInsula } from './peers/insula.ts';
import { litellm } from './peers/litellm.ts';
import { type Bench, checkRefusal, type Peer } from './peers/peer.ts';
import { portkey } from './peers/portkey.ts';
import { proxy } from './peers/proxy.ts';
import { createProcesses, findPort, type Processes, waitUntilReady } from './processes.ts';
import { type Findings, writeReport } from './report.ts';
import { type Cell, type Contender, measureRounds, type Shape } from './rounds.ts';

// rounds are dropped, and said to be, rather than that a run takes more than ten minutes
const MAIN_MS = 420_000;
const ALL_MS = 560_000;

const repositoryFolder = join(import.meta.dirname, '../..');
const say = (text: string) => void process.stderr.write(`${text}\n`);
const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).trim();

/** The environment of what is started: ours without what would configure a gateway, npm or Node behind our back. */
function cleanEnvironment(): Record<string, string> {
  const unwanted =
    /^(npm_|NODE_OPTIONS|DATABASE_|REDIS_|ENCRYPTION_KEY|JWT_|SERVER_|DATA_DIR|LOG_|LITELLM_|OPENAI_|S3_)/i;
  const kept = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !unwanted.test(name),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}

function listPeers(options: Options): Peer[] {
  const { redis } = options;
  const on = `key, rate limit, reservation, intent and settlement on PostgreSQL${redis ? ' and Redis' : ''}`;
  const off = 'synchronous_commit = off for its database: what is left without the commit waits';
  const all = [
    proxy,
    portkey,
    litellm,
    createInsula({ name: 'insula', note: `Insula, ${on}`, redis }),
    createInsula({
      name: 'insula-nowait',
      note: `the same, ${off}`,
      settings: ['synchronous_commit = off'],
      redis,
    }),
  ];
  return [direct, ...all.filter((peer) => options.peers.includes(peer.name))];
}

async function startUpstream(bench: Bench, delayMs: number): Promise<void> {
  const args = [join(import.meta.dirname, 'upstream.ts'), String(bench.upstreamPort), String(delayMs)];
  const started = bench.processes.start({ name: 'upstream', command: process.execPath, args });
  const ask = async () => (await fetch(`http://127.0.0.1:${bench.upstreamPort}/calls`)).ok;
  await waitUntilReady(started, 10_000, ask);
}

/** Installs and starts one peer; undefined, with the reason among the failures, when that cannot be done. */
async function bringUp(bench: Bench, peer: Peer, findings: Findings): Promise<Contender | undefined> {
  try {
    say(`starting ${peer.name}`);
    await peer.install(bench);
    const running = await peer.start(bench);
    await checkRefusal(running);
    findings.notes[peer.name] = running.note;
    return { name: peer.name, running };
  } catch (error) {
    findings.failures[peer.name] = wordsOf(error);
    say(`${peer.name} is left out: ${wordsOf(error)}`);
    return undefined;
  }
}

type Measure = (contenders: Contender[], shapes: Shape[], endBy: number) => Promise<Cell[]>;

function createMeasure(bench: Bench, options: Options): Measure {
  const { rounds, seconds, warmupSeconds } = options;
  return (contenders, shapes, endBy) =>
    measureRounds({
      contenders,
      shapes,
      rounds,
      seconds,
      warmupSeconds,
      endBy,
      baseline: direct.name,
      upstreamPort: bench.upstreamPort,
      countSyncs: async () => (await bench.databases?.countSyncs()) ?? 0,
      onCell: say,
    });
}

/** The same call on a server whose database holds one organization, and on one whose database holds many. */
async function compareOrganizations(
  bench: Bench,
  options: Options,
  findings: Findings,
): Promise<Contender[]> {
  const few = createInsula({ name: 'insula, 1 organization', note: 'as it starts', redis: options.redis });
  const many = createInsula({
    name: 'insula, many organizations',
    note: '',
    organizations: options.organizations,
    redis: options.redis,
  });
  const found: Contender[] = [];
  for (const peer of [direct, few, many]) {
    const contender = await bringUp(bench, peer, findings);
    if (!contender) return [];
    found.push(contender);
  }
  return found;
}

async function runBench(bench: Bench, options: Options): Promise<Findings> {
  const startedAt = performance.now();
  const findings: Findings = {
    cells: [],
    organizationCells: [],
    notes: {},
    failures: {},
    commitMs: undefined,
    seconds: 0,
  };
  await startUpstream(bench, options.delayMs);
  findings.commitMs = await bench.databases?.measureCommit();
  const contenders: Contender[] = [];
  for (const peer of listPeers(options)) {
    const contender = await bringUp(bench, peer, findings);
    if (contender) contenders.push(contender);
  }
  const measure = createMeasure(bench, options);
  const shapes = [false, true].flatMap((stream) =>
    options.connections.map((connections) => ({ connections, stream })),
  );
  findings.cells = await measure(contenders, shapes, startedAt + MAIN_MS);
  await Promise.all(contenders.map(({ running }) => running.stop()));
  if (options.organizations > 0 && contenders.some(({ name }) => name === 'insula')) {
    const compared = await compareOrganizations(bench, options, findings);
    const few = options.connections.slice(0, 2).map((connections) => ({ connections, stream: false }));
    if (compared.length) findings.organizationCells = await measure(compared, few, startedAt + ALL_MS);
  }
  findings.seconds = (performance.now() - startedAt) / 1000;
  return findings;
}

type Leftovers = { processes: Processes; folder: string; databases: Databases | undefined };

async function tidy(left: Leftovers): Promise<void> {
  await left.processes.stopAll();
  await left.databases?.dropAll();
  rmSync(left.folder, { recursive: true, force: true });
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'insula-bench-'));
  const processes = createProcesses(folder, cleanEnvironment());
  const { TEST_DATABASE_URL, TEST_REDIS_URL } = process.env;
  const left: Leftovers = { processes, folder, databases: undefined };
  process.on('exit', () => processes.killAll());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      processes.killAll();
      void tidy(left).finally(() => process.exit(130));
    });
  }
  try {
    left.databases = TEST_DATABASE_URL ? await openDatabases(TEST_DATABASE_URL) : undefined;
    const peersFolder = join(repositoryFolder, 'bench/.peers');
    mkdirSync(peersFolder, { recursive: true });
    const upstreamPort = await findPort();
    const { databases } = left;
    const places = { folder, peersFolder, repositoryFolder, upstreamPort, redisUrl: TEST_REDIS_URL };
    const findings = await runBench({ processes, databases, ...places }, options);
    console.log(writeReport(findings));
    return options.peers.includes('insula') && findings.failures.insula ? 1 : 0;
  } finally {
    await tidy(left);
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    say(wordsOf(error));
    process.exitCode = 1;
  },
);
