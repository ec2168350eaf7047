// One process a data folder: PGlite would let a second one in and ruin what is there.
// Guarantees: of any number of openers exactly one wins, on one machine (containers on one volume included); the lock is the
// operating system's (SQLite's file lock), so it ends with its process, kill -9 included, and no process id is ever trusted.
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

const LOCK = 'lock';
const HOLDER = 'lock-holder.json';
const BUSY = 5;
/** Two openers at the same moment can each see the other half-way; SQLite then tries again for this long. */
const CONTEST_MS = 250;

interface Holder {
  pid: number;
  host: string;
  since: string;
}

/** The folder is in use by another process. */
export class FolderInUse extends Error {}

/** Locks an existing folder and returns the function that releases it; throws FolderInUse, which names the holder. */
export async function lockFolder(folder: string): Promise<() => void> {
  const path = join(folder, LOCK);
  const file = new DatabaseSync(path, { timeout: CONTEST_MS });
  try {
    file.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    file.close();
    if ((error as { errcode?: number }).errcode !== BUSY) throw error;
    throw new FolderInUse(describe(folder, await findHolder(folder)));
  }
  chmodSync(path, 0o600);
  const holder: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  writeFileSync(join(folder, HOLDER), JSON.stringify(holder), { mode: 0o600 });
  return () => {
    rmSync(join(folder, HOLDER), { force: true });
    file.close();
  };
}

function describe(folder: string, holder: Holder | undefined): string {
  const who = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : 'another process';
  return `The data folder ${folder} is in use by ${who}. Stop that process first, or set DATA_DIR to another folder.`;
}

/** The winner writes its name a moment after it has won: wait for a name whose process is there. */
async function findHolder(folder: string): Promise<Holder | undefined> {
  let holder: Holder | undefined;
  for (let tries = 0; tries < 10; tries++) {
    holder = readHolder(folder);
    if (holder && (holder.host !== hostname() || isAlive(holder.pid))) return holder;
    await sleep(20);
  }
  return holder;
}

function readHolder(folder: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, HOLDER), 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
