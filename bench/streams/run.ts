// `npm run bench:streams`: thousands of slow streams at once through one Insula process on PostgreSQL: are any dropped, what
// memory does each take, and how much later does a piece arrive than it was written. The same callers are measured directly
// against the provider, too, so that what the machine itself adds is known.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openDatabases } from '../gateway/databases.ts';
import { createProcesses, findPort, type Processes, waitUntilReady } from '../gateway/processes.ts';
import type { LoadReport } from './load.ts';
import { startServer } from './start-server.ts';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '2000,10000' },
    pieces: { type: 'string', default: '20' },
    interval: { type: 'string', default: '500' },
    'opened-per-second': { type: 'string', default: '500' },
  },
});
const counts = values.streams.split(',').map(Number);
/** Pieces behind the moment when the last stream was opened. */
const piecesTogether = Number(values.pieces);
const intervalMs = Number(values.interval);
const perSecond = Number(values['opened-per-second']);
/** Files that a server needs besides two for each stream. */
const OTHER_FILES = 200;
const GOAL_MS = 50;

/** So many pieces that all streams are under way at once for a while. */
const piecesOf = (count: number) => Math.ceil(((count / perSecond) * 1_000) / intervalMs) + piecesTogether;

type Round = LoadReport & { way: 'direct' | 'insula'; wanted: number; rssMiB?: Memory };
type Memory = { before: number; peak: number; after: number; perStreamKiB: number };

/** The most files that a process may have open here. */
function filesMax(): number {
  const line = /^Max open files\s+\d+\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return line?.[1] === undefined || line[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line[1]);
}

/** A program with all the files it may have. */
const roomy = (args: string[]) => ({
  command: 'bash',
  args: ['-c', 'ulimit -n "$(ulimit -Hn)" && exec "$0" "$@"', process.execPath, ...args],
});

function rssMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024);
}

type Load = { port: number; count: number; key?: string };

async function measure(processes: Processes, { port, count, key }: Load): Promise<LoadReport> {
  const args = [
    join(import.meta.dirname, 'load.ts'),
    ...[port, count, piecesOf(count), perSecond].map(String),
  ];
  const started = { name: `load-${count}`, ...roomy(key ? [...args, key] : args) };
  const timeoutMs = (count / perSecond) * 2_000 + piecesOf(count) * intervalMs * 2 + 60_000;
  const output = await processes.run(started, timeoutMs);
  return JSON.parse(output.trim().split('\n').at(-1)!) as LoadReport;
}

/** Measures while the server's memory is watched. */
async function measureServer(
  processes: Processes,
  server: { pid: number; port: number; key: string },
  count: number,
): Promise<LoadReport & { rssMiB: Memory }> {
  const before = rssMiB(server.pid);
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, rssMiB(server.pid))), 200);
  const report = await measure(processes, { port: server.port, count, key: server.key }).finally(() =>
    clearInterval(timer),
  );
  await sleep(2_000);
  const perStreamKiB = Math.round(((peak - before) * 1_024) / Math.max(1, report.atOnce));
  return { ...report, rssMiB: { before, peak, after: rssMiB(server.pid), perStreamKiB } };
}

function tell(round: Round): void {
  const { way, wanted, streams, whole, dropped, atOnce, delayMs, steadyMs, rssMiB: memory } = round;
  const limited = streams < wanted ? ` (of ${wanted}: a process may have ${filesMax()} files here)` : '';
  const delays = `delay p50 ${delayMs.p50} ms, p99 ${delayMs.p99}, max ${delayMs.max}; all open: p50 ${steadyMs.p50}, p99 ${steadyMs.p99}`;
  const used = memory
    ? `; RSS ${memory.before} → ${memory.peak} MiB, ${memory.perStreamKiB} KiB a stream`
    : '';
  process.stdout.write(
    `${way.padEnd(7)} ${streams} streams${limited}, ${atOnce} at once: ${whole} whole, ${dropped} dropped; ${delays}${used}\n`,
  );
  for (const [why, times] of Object.entries(round.why)) process.stdout.write(`        ${times} × ${why}\n`);
}

async function runAll(processes: Processes, folder: string): Promise<Round[]> {
  const upstreamPort = await findPort();
  const args = [join(import.meta.dirname, 'upstream.ts'), ...[upstreamPort, intervalMs].map(String)];
  processes.start({ name: 'upstream', ...roomy(args) });
  await sleep(500);
  const databases = await openDatabases(process.env.TEST_DATABASE_URL!);
  const rounds: Round[] = [];
  try {
    const { url } = await databases.create('streams');
    const most = Math.floor((filesMax() - OTHER_FILES) / 2);
    const server = await startServer(processes, {
      folder,
      databaseUrl: url,
      upstreamPort,
      roomy,
      waitUntilReady,
    });
    for (const wanted of counts) {
      const count = Math.min(wanted, most);
      for (const way of ['direct', 'insula'] as const) {
        const report =
          way === 'direct'
            ? await measure(processes, { port: upstreamPort, count })
            : await measureServer(processes, server, count);
        rounds.push({ way, wanted, ...report });
        tell(rounds.at(-1)!);
      }
    }
    return rounds;
  } finally {
    await processes.stopAll();
    await databases.dropAll();
  }
}

if (!process.env.TEST_DATABASE_URL)
  throw new Error('Set TEST_DATABASE_URL: Insula is measured on PostgreSQL.');
const folder = mkdtempSync(join(tmpdir(), 'insula-streams-'));
const processes = createProcesses(folder, { PATH: process.env.PATH ?? '' });
process.on('exit', () => processes.killAll());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
try {
  const rounds = await runAll(processes, folder);
  const through = rounds.filter(({ way }) => way === 'insula');
  const dropped = through.reduce((sum, round) => sum + round.dropped, 0);
  const meetsGoal = through.every(({ delayMs }) => delayMs.p99 < GOAL_MS);
  process.stdout.write(`${JSON.stringify({ bench: 'streams', intervalMs, dropped, meetsGoal, rounds })}\n`);
  process.exitCode = dropped === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
