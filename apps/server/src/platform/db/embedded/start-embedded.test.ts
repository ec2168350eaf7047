// Starting and stopping the embedded database, in folders that are shared, killed, half-made and copied.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FolderInUse, lockFolder } from './lock-folder.ts';
import { dumpPglite, openPglite } from './open-pglite.ts';
import { shareSession } from './share-session.ts';
import { type Embedded, startEmbedded } from './start-embedded.ts';
import { tendOnce } from './tend-database.ts';

const silent = { info() {}, error() {} };
let root: string;
let template: string;

/** The one slow start: from a damaged template, so from nothing. What is checked of it is kept for the tests. */
let fromDamaged: boolean;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'insula-test-'));
  const damaged = join(root, 'damaged.tar');
  await writeFile(damaged, gzipSync(Buffer.from('half a file')));
  const embedded = await startEmbedded({ dataDir: 'memory', template: damaged, log: silent });
  await query(embedded, 'create table things (n int); insert into things values (7)');
  template = join(root, 'cache', 'template.tar');
  await embedded.dump(template);
  await embedded.stop();
  fromDamaged = embedded.fromTemplate;
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function query(embedded: Embedded, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client(embedded.connection);
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Starts a process that opens the folder; `lines` grows with what it prints. */
function hold(dataDir: string): { child: ChildProcess; lines: string[]; ended: Promise<void> } {
  const script = new URL('./hold-folder-child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, dataDir, template], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return { child, lines, ended };
}

test('a damaged template is left aside', () => {
  expect(fromDamaged).toBe(false);
});

test('two writers of one template leave one whole file and nothing else', async () => {
  const folder = join(root, 'twice');
  const path = join(folder, 'template.tar');
  const { db } = await openPglite({ folder: 'memory', template });
  await Promise.all([dumpPglite(db, path), dumpPglite(db, path)]);
  await db.close();
  expect(await readdir(folder)).toEqual(['template.tar']);
  const again = await startEmbedded({ dataDir: 'memory', template: path, log: silent });
  expect(again.fromTemplate).toBe(true);
  await again.stop();
});

test('a folder keeps its rows, is closed to other users, and only a new one is filled from the template', async () => {
  const dataDir = join(root, 'kept');
  const first = await startEmbedded({ dataDir, template, log: silent });
  expect(first.fromTemplate).toBe(true);
  await query(first, 'insert into things values (8)');
  for (const folder of [first.connection.host, dataDir, join(dataDir, 'postgres')]) {
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  }
  await first.stop();
  expect(existsSync(first.connection.host)).toBe(false);

  const second = await startEmbedded({ dataDir, template, log: silent });
  expect(second.fromTemplate).toBe(false);
  expect((await query(second, 'select n from things order by n')).rows).toEqual([{ n: 7 }, { n: 8 }]);
  await second.stop();
});

test('a second opener is refused with the process, the folder and what to do', async () => {
  const folder = join(root, 'shared');
  await mkdir(folder);
  const unlock = await lockFolder(folder);
  const refused = startEmbedded({ dataDir: folder, log: silent });
  await expect(refused).rejects.toBeInstanceOf(FolderInUse);
  await expect(refused).rejects.toThrow(
    new RegExp(`${folder} is in use by process ${process.pid} .* Stop that process first, or set DATA_DIR`),
  );
  unlock();
  (await lockFolder(folder))();
});

test('a lock left by a process that is gone, its id now in use by another, does not keep anybody out', async () => {
  const folder = join(root, 'stale');
  await mkdir(folder);
  await writeFile(join(folder, 'lock'), '');
  await writeFile(
    join(folder, 'lock-holder.json'),
    JSON.stringify({ pid: process.ppid, host: 'x', since: '' }),
  );
  const unlock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`process ${process.pid} `);
  unlock();
});

test('of six processes that open one folder at the same moment exactly one wins', async () => {
  const dataDir = join(root, 'contested');
  await mkdir(dataDir);
  const openers = Array.from({ length: 6 }, () => hold(dataDir));
  await expect
    .poll(() => openers.filter(({ lines }) => lines.length > 0).length, { timeout: 25_000 })
    .toBe(6);
  expect(openers.map(({ lines }) => lines[0]).sort()).toEqual([...Array(5).fill('in use'), 'open']);
  for (const { child } of openers) child.kill('SIGKILL');
  await Promise.all(openers.map(({ ended }) => ended));
});

test('kill -9 of the holder keeps every committed row and does not block the next start', async () => {
  const dataDir = join(root, 'killed');
  const { child, lines, ended } = hold(dataDir);
  await expect.poll(() => lines.length, { timeout: 25_000 }).toBeGreaterThan(200);
  child.kill('SIGKILL');
  await ended;
  const committed = Number(lines.filter((line) => /^\d+$/.test(line)).at(-1));
  const embedded = await startEmbedded({ dataDir, log: silent });
  const { rows } = await query(embedded, 'select count(*)::int as total, max(n) as last from rows');
  expect(rows[0].last).toBeGreaterThanOrEqual(committed);
  expect(rows[0].total).toBe(rows[0].last + 1);
  await embedded.stop();
});

test('a first start that was interrupted begins again from nothing', async () => {
  const dataDir = join(root, 'interrupted');
  await mkdir(join(dataDir, 'postgres'), { recursive: true });
  await writeFile(join(dataDir, 'postgres.unfinished'), '');
  await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '18\n');
  const embedded = await startEmbedded({ dataDir, template, log: silent });
  expect((await query(embedded, 'select n from things')).rows).toEqual([{ n: 7 }]);
  await embedded.stop();
});

test('without background processes: a log that has grown is checkpointed, and tables full of dead rows are found', async () => {
  const limitBytes = 1024 * 1024;
  const { db } = await openPglite({ folder: 'memory', template });
  const session = shareSession(db);
  await db.exec('create table worn (n int, t text)');
  await db.exec("insert into worn select n, repeat('x', 1000) from generate_series(1, 2000) n");
  await db.exec('update worn set n = n + 1');
  await db.exec('select pg_stat_force_next_flush()');
  const logBytes = async () =>
    (
      await db.query<{ b: number }>(
        'select pg_current_wal_lsn() - redo_lsn as b from pg_control_checkpoint()',
      )
    ).rows[0]!.b;
  expect(Number(await logBytes())).toBeGreaterThan(limitBytes);
  expect(await tendOnce(db, session, limitBytes)).toContain('public.worn');
  expect(Number(await logBytes())).toBeLessThan(limitBytes);
  await db.exec('vacuum (analyze) public.worn');
  expect(await tendOnce(db, session, limitBytes)).not.toContain('public.worn');
  await db.close();
});

test('a database that ends by itself is reported once, and can still be stopped', async () => {
  const lost: Error[] = [];
  const embedded = await startEmbedded({
    dataDir: 'memory',
    template,
    log: silent,
    onLost: (error) => lost.push(error),
  });
  // A comment in a comment hides this from the check for it: PGlite cannot read rows from a client, and breaks.
  await expect(query(embedded, '/* /* */ */ copy things from stdin')).rejects.toThrow();
  await expect.poll(() => lost.length).toBe(1);
  await expect(embedded.dump(join(root, 'never.tar'))).rejects.toThrow();
  await embedded.stop();
  expect(lost).toHaveLength(1);
});

test('a folder of another version of PostgreSQL says so, and gives back the lock', async () => {
  const dataDir = join(root, 'older');
  await mkdir(join(dataDir, 'postgres'), { recursive: true });
  await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '12\n');
  await expect(startEmbedded({ dataDir, log: silent })).rejects.toThrow(/made by PostgreSQL 12.*needs 18/);
  (await lockFolder(dataDir))();
});
