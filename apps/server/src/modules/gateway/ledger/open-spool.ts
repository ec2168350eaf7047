// Where settlements wait while the database is away: a file of JSON lines, on disk before a caller is told. What it holds
// is replayed when the database is back; a row replayed twice is one row, because the ledger's keys say so.
import { appendFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../../../platform/log.ts';
import { messageOf } from './keep-connected.ts';
import { LedgerRowError } from './write-row.ts';

export type Spool = {
  /** Resolves when the row is on disk (fdatasync); rows that arrive meanwhile share the next one. */
  keep(row: string): Promise<void>;
  /** Writes what is kept through `write`; what cannot be written now stays. Never runs twice at once, never rejects. */
  replay(write: WriteRow): Promise<void>;
  /** Resolves when nothing is under way. */
  whenIdle(): Promise<void>;
  readonly stats: SpoolStats;
};

export type SpoolStats = { kept: number; replayed: number; refused: number };
type WriteRow = (row: string) => Promise<void>;
type Waiting = { row: string; resolve(): void; reject(error: unknown): void };
type State = {
  file: string;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  stats: SpoolStats;
  waiting: Waiting[];
  /** The file is touched by one step at a time. */
  lane: Promise<unknown>;
};

const REPLAYED_AT_ONCE = 500;

/** A spool in `file`, and beside it `file.replaying` and `file.refused` (rows that no ledger takes, for a person to see). One process a file. */
export function openSpool(file: string, log: State['log']): Spool {
  const stats = { kept: 0, replayed: 0, refused: 0 };
  const state: State = { file, log, stats, waiting: [], lane: Promise.resolve() };
  let underWay: Promise<void> | undefined;
  return {
    keep: (row) =>
      new Promise((resolve, reject) => {
        const isFirst = state.waiting.push({ row, resolve, reject }) === 1;
        if (isFirst) void inLane(state, () => append(state));
      }),
    replay(write) {
      underWay ??= replayAll(state, write)
        .catch((error) => log.warn({ cause: messageOf(error) }, 'the spool is not replayed yet'))
        .finally(() => {
          underWay = undefined;
        });
      return underWay;
    },
    async whenIdle() {
      await underWay;
      await state.lane;
    },
    stats,
  };
}

function inLane<T>(state: State, step: () => Promise<T>): Promise<T> {
  const result = state.lane.then(step);
  state.lane = result.catch(() => {});
  return result;
}

async function append({ file, log, stats, waiting }: State): Promise<void> {
  const batch = waiting.splice(0);
  try {
    // The leading line break ends a line that a crash may have torn.
    await appendOnDisk(file, `\n${batch.map((each) => each.row).join('\n')}\n`);
    stats.kept += batch.length;
    for (const each of batch) each.resolve();
  } catch (error) {
    log.error({ cause: messageOf(error), rows: batch.length }, 'settlements could not be spooled');
    for (const each of batch) each.reject(error);
  }
}

async function replayAll(state: State, write: WriteRow): Promise<void> {
  const { file } = state;
  const moveAside = () => rename(file, `${file}.replaying`).then(() => true, whenAbsent(false));
  do
    await replayFile(state, write); // first what an earlier replay left unfinished
  while (await inLane(state, moveAside));
}

async function replayFile(state: State, write: WriteRow): Promise<void> {
  const file = `${state.file}.replaying`;
  const text = await readFile(file, 'utf8').catch(whenAbsent(''));
  const rows = text.split('\n').filter((line) => line !== '');
  for (let i = 0; i < rows.length; i += REPLAYED_AT_ONCE) {
    await Promise.all(rows.slice(i, i + REPLAYED_AT_ONCE).map((row) => replayRow(state, row, write)));
  }
  await rm(file, { force: true });
  if (rows.length > 0) state.log.info({ rows: rows.length }, 'spooled settlements were replayed');
}

async function replayRow({ file, log, stats }: State, row: string, write: WriteRow): Promise<void> {
  try {
    JSON.parse(row);
    await write(row);
    stats.replayed++;
  } catch (error) {
    // A torn line was never acknowledged, and a refused one would be refused for ever; anything else is the database's.
    if (!(error instanceof SyntaxError) && !(error instanceof LedgerRowError)) throw error;
    stats.refused++;
    log.error({ cause: messageOf(error) }, 'a spooled line was set aside');
    await appendFile(`${file}.refused`, `${row}\n`, { mode: 0o600 });
  }
}

async function appendOnDisk(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.appendFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  const folder = await open(dirname(file), 'r'); // so that the file's name survives a power cut too
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function whenAbsent<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}
