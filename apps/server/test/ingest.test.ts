// A folder brought in by the command line: only what is new or changed is sent, what fails is said, nothing foreign is removed.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createGround, type Ground, type Server, startServer } from './world.ts';

const main = join(import.meta.dirname, '../../cli/src/main.ts');
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let ground: Ground;
let server: Server;
let home: string;
let folder: string;
type Ran = { code: number | null; out: string; err: string };

function run(args: string[], input = ''): Promise<Ran> {
  const env = { XDG_CONFIG_HOME: home, INSULA_URL: server.url, PATH: process.env.PATH ?? '' };
  const child = spawn(process.execPath, [main, ...args], { env });
  const ran: Ran = { code: null, out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    ran.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    ran.err += chunk;
  });
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...ran, code })));
}

async function ingest(...flags: string[]) {
  const { code, out, err } = await run(['ingest', '--directory', folder, ...flags]);
  const report = (out === '' ? {} : JSON.parse(out)) as Record<string, unknown>;
  return { code, err, report };
}

const listed = async () => {
  const { out } = await run(['document', 'list', '--limit', '100', '--output', 'json']);
  const { data } = JSON.parse(out) as { data: { external_id: string | null; version: number; id: string }[] };
  return data.sort((a, b) => (`${a.external_id}` < `${b.external_id}` ? -1 : 1));
};

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'insula-ingest-'));
  folder = join(home, 'handbook');
  ground = await createGround({ env: { LOCAL_DEV_MODE: 'true' } });
  server = await startServer(ground);
  await run(['login', '--email', 'admin@localhost', '--password-stdin'], 'admin123');
  write('leave.md', '# Leave\n\nEvery employee has thirty days of leave in a year.\n');
  write('travel/trains.md', '# Trains\n\nJourneys below four hours are made by train.\n');
  write('travel/copy.md', '# Trains\n\nJourneys below four hours are made by train.\n');
  write('travel/drafts/old.md', 'A draft.');
  write('.hidden/secret.md', 'Hidden.');
  write('node_modules/a/readme.md', 'A package.');
  write('empty.md', '');
  writeFileSync(join(home, 'outside.md'), 'Outside of the folder.');
  symlinkSync(join(home, 'outside.md'), join(folder, 'link.md'));
  symlinkSync(home, join(folder, 'up'));
});
afterAll(async () => {
  await server?.close();
  await ground?.clear();
  rmSync(home, { recursive: true, force: true });
});

it('a dry run sends nothing and says what would be', async () => {
  const { code, report } = await ingest('--dry-run', '--exclude', 'drafts', '--concurrency', '1');
  expect(code).toBe(0);
  expect(report).toMatchObject({
    dry_run: true,
    files: 3,
    new: 2,
    same_as_another: 1,
    skipped: 3,
    failed: 0,
  });
  expect(await listed()).toEqual([]);
});

it('a folder comes in once, and answers; links, hidden files and copies stay out', async () => {
  const flags = ['--include', '*.MD', '--exclude', 'travel/drafts', '--workspace-id', 'default'];
  const first = await ingest(...flags);
  expect(first.report).toMatchObject({ files: 3, new: 2, same_as_another: 1, ready: 2, failed: 0 });
  expect(first.code).toBe(0);
  const names = (await listed()).map(({ external_id }) => external_id);
  expect(names).toHaveLength(2);
  expect(names).toContain('leave.md');
  const again = await ingest(...flags);
  expect(again).toMatchObject({ code: 0, report: { new: 0, replaced: 0, unchanged: 2, same_as_another: 1 } });
  const asked = await run(['ask', 'How many days of leave does an employee have?']);
  expect(asked.code).toBe(0);
  expect(asked.out).toContain('thirty days of leave');
});

it('what changed is a new version, and a file that cannot be read fails with its reason and exit code 1', async () => {
  write('leave.md', '# Leave\n\nEvery employee has thirty-one days of leave in a year.\n');
  write('broken.pdf', '%PDF-1.7\nthis is no PDF');
  const { code, err, report } = await ingest('--exclude', 'drafts');
  expect(code).toBe(1);
  expect(report).toMatchObject({ new: 1, replaced: 1, unchanged: 1, failed: 1, ready: 1 });
  expect(report.failures).toEqual([{ file: 'broken.pdf', reason: expect.stringMatching(/\w+ \w+/) }]);
  expect(err).toContain('1 failed');
  expect((await listed()).find((one) => one.external_id === 'leave.md')).toMatchObject({ version: 2 });
  expect((await ingest('--exclude', 'drafts')).report).toMatchObject({ tried_again: 1, failed: 1, new: 0 });
  rmSync(join(folder, 'broken.pdf'));
});

it('only what came from this folder and is gone is removed, and not without being asked', async () => {
  await run(['document', 'create', '--title', 'By hand', '--content', 'Not from a folder.']);
  const before = await listed();
  expect(before).toHaveLength(4);
  const asked = await ingest('--remove-missing', '--exclude', 'drafts');
  expect(asked).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
  expect(await listed()).toHaveLength(4);
  const filtered = await ingest(
    '--remove-missing',
    '--yes',
    '--include',
    'nothing-*.md',
    '--exclude',
    'drafts',
  );
  expect(filtered).toMatchObject({ code: 2, err: expect.stringContaining('nothing is removed') });
  const done = await ingest('--remove-missing', '--yes', '--include', 'leave.md');
  expect(done).toMatchObject({ code: 0, report: { removed: 1, unchanged: 1, failed: 0 } });
  const left = await listed();
  expect(left.map(({ external_id }) => external_id)).not.toContain('broken.pdf');
  expect(left).toHaveLength(3);
});

it('a folder of another name does not take the documents of this one', async () => {
  const own = folder;
  folder = join(home, 'other');
  renameSync(own, folder);
  write('leave.md', 'Another text of the same name.');
  rmSync(join(folder, 'travel'), { recursive: true });
  const { code, report } = await ingest('--include', 'leave.md', '--remove-missing', '--yes');
  expect(report.removed).toBe(0);
  expect(code).toBe(1);
  expect(report.failures).toEqual([
    { file: 'leave.md', reason: expect.stringContaining('"handbook/leave.md" has this name') },
  ]);
});

it('wrong usage is said before anything is sent', async () => {
  expect(await ingest('--concurrency', '0')).toMatchObject({ code: 2 });
  expect(await ingest('--collection', 'nowhere')).toMatchObject({
    code: 2,
    err: expect.stringContaining('no collection "nowhere"'),
  });
  folder = join(home, 'nowhere');
  expect(await ingest()).toMatchObject({ code: 2, err: expect.stringContaining('not a folder') });
});
