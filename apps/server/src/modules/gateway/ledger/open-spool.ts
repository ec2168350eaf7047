// Where settlements wait while the database is away: a file of JSON lines, on disk before a caller is told. What it holds
// is replayed when the database is back; a row replayed twice is one row, because the ledger's keys say so.
import { appendFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../../../platform/log.ts';
import { LedgerRowError } from './entry.ts';
import { messageOf } from './keep-connected.ts';

export type Spool = {
  /** Resolves when the row is on disk (fdatasync); rows that arrive meanwhile share the next one. */
  keep(row: string): Promise<void>;
  /** Writes what is kept through `write`; what could not be written stays. Never runs twice at once. */
  replay(write: (row: string) => Promise<void>): Promise<void>;
  readonly stats: { kept: number; replayed: number; unreadable: number };
};

type Waiting = { row: string; resolve(): void; reject(error: unknown): void };

const REPLAYED_AT_ONCE = 500;

/** A spool in `file`, and beside it `file.replaying` and `file.refused` (rows that no ledger takes, for a person to see). One process a file. */
export function openSpool(file: string, log: Pick<Log, 'info' | 'warn' | 'error'>): Spool {
  const stats = { kept: 0, replayed: 0, unreadable: 0 };
  const replaying = `${file}.replaying`;
  let waiting: Waiting[] = [];
  let lane: Promise<void> = Promise.resolve(); // the file is touched by one step at a time
  let planned = false;
  let replayUnderWay: Promise<void> | undefined;

  function keep(row: string): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push({ row, resolve, reject });
      if (planned) return;
      planned = true;
      lane = lane.then(append);
    });
  }

  async function append(): Promise<void> {
    planned = false;
    const batch = waiting;
    waiting = [];
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

  async function replayAll(write: (row: string) => Promise<void>): Promise<void> {
    do await replayFile(write); // first what an earlier replay left unfinished
    while (await moveAside());
  }

  function moveAside(): Promise<boolean> {
    const moved = lane.then(() => rename(file, replaying).then(() => true, whenAbsent(false)));
    lane = moved.then(nothing, nothing);
    return moved;
  }

  async function replayFile(write: (row: string) => Promise<void>): Promise<void> {
    const text = await readFile(replaying, 'utf8').catch(whenAbsent(''));
    const rows = text.split('\n').filter((line) => line !== '');
    for (let i = 0; i < rows.length; i += REPLAYED_AT_ONCE) {
      await Promise.all(rows.slice(i, i + REPLAYED_AT_ONCE).map((row) => replayRow(row, write)));
    }
    await rm(replaying, { force: true });
    if (rows.length > 0) log.info({ rows: rows.length }, 'spooled settlements were replayed');
  }

  async function replayRow(row: string, write: (row: string) => Promise<void>): Promise<void> {
    try {
      JSON.parse(row);
      await write(row);
      stats.replayed++;
    } catch (error) {
      // A torn line was never acknowledged; a refused one would be refused for ever. Anything else is the database's.
      if (!(error instanceof SyntaxError) && !(error instanceof LedgerRowError)) throw error;
      stats.unreadable++;
      log.error({ cause: messageOf(error) }, 'a spooled line was set aside');
      await appendFile(`${file}.refused`, `${row}\n`, { mode: 0o600 });
    }
  }

  return {
    keep,
    replay(write) {
      replayUnderWay ??= replayAll(write)
        .catch((error) => log.warn({ cause: messageOf(error) }, 'the spool is not replayed yet'))
        .finally(() => {
          replayUnderWay = undefined;
        });
      return replayUnderWay;
    },
    stats,
  };
}

const nothing = () => {};

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
