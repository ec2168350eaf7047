// Bringing data in by the command line: a single-tenant database, and queries of a test set from files.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createGround, type Ground, type Server, startServer } from './world.ts';

const main = join(import.meta.dirname, '../../cli/src/main.ts');
vi.setConfig({ testTimeout: 120_000 });

let ground: Ground;
let server: Server;
let folder: string;
type Ran = { code: number | null; out: string; err: string };

function run(args: string[], input = ''): Promise<Ran> {
  const env = { XDG_CONFIG_HOME: folder, INSULA_URL: server.url, PATH: process.env.PATH ?? '' };
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

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'insula-import-'));
  ground = await createGround({ env: { LOCAL_DEV_MODE: 'true' } });
  server = await startServer(ground);
  await run(['login', '--email', 'admin@localhost', '--password-stdin'], 'admin123');
});
afterAll(async () => {
  await server?.close();
  await ground?.clear();
  rmSync(folder, { recursive: true, force: true });
});

const listed = async () => {
  const { out } = await run(['document', 'list', '--limit', '100', '--output', 'json']);
  return (JSON.parse(out) as { data: Record<string, unknown>[] }).data;
};

describe.runIf(process.env.TEST_DATABASE_URL)('a single-tenant database', () => {
  const name = `insula_t_old_${randomBytes(4).toString('hex')}`;
  const url = () => Object.assign(new URL(process.env.TEST_DATABASE_URL!), { pathname: `/${name}` }).href;
  const onServer = async (address: string, ...texts: string[]) => {
    const client = new pg.Client(address);
    await client.connect();
    for (const text of texts) await client.query(text);
    await client.end();
  };
  beforeAll(() =>
    onServer(process.env.TEST_DATABASE_URL!, `create database ${name}`).then(() =>
      onServer(
        url(),
        `create table documents (id uuid primary key, title text, source text, content text, metadata jsonb);
         create table chunks (id uuid primary key, document_id uuid, content text, chunk_index int);
         create table messages (id int primary key);
         insert into messages values (1), (2);
         insert into documents select md5(i::text)::uuid, 'Title ' || i, 'file' || i || '.md', 'The content of number ' || i,
           jsonb_build_object('number', i, 'nested', jsonb_build_object('a', 1)) from generate_series(1, 120) i;
         insert into documents values ('00000000-0000-0000-0000-0000000000aa', 'In pieces', 'p.md', null, null),
           ('00000000-0000-0000-0000-0000000000bb', null, null, ' ', '{}');
         insert into chunks values (md5('x')::uuid, '00000000-0000-0000-0000-0000000000aa', 'second', 1),
           (md5('y')::uuid, '00000000-0000-0000-0000-0000000000aa', 'first', 0)`,
      ),
    ),
  );
  afterAll(() => onServer(process.env.TEST_DATABASE_URL!, `drop database if exists ${name} with (force)`));

  it('comes into the default workspace once, however often it is imported', async () => {
    const go = async (...flags: string[]) => {
      const ran = await run([
        'import',
        'single-tenant',
        '--database-url',
        url(),
        '--output',
        'json',
        ...flags,
      ]);
      if (ran.code !== 0) throw new Error(ran.err);
      return JSON.parse(ran.out) as Record<string, unknown>;
    };
    const counts = { documents: 122, skipped: 1, failed: 0, left_behind: { sessions: 0, messages: 2 } };
    expect(await go('--dry-run')).toMatchObject({ ...counts, dry_run: true, imported: 121 });
    expect(await listed()).toEqual([]);
    expect(await go()).toMatchObject({ ...counts, imported: 121, unchanged: 0 });
    expect(await go()).toMatchObject({ ...counts, imported: 0, unchanged: 121 });
    const { out } = await run([
      'document',
      'list',
      '--external-id',
      '00000000-0000-0000-0000-0000000000aa',
      '--output',
      'json',
    ]);
    const [one] = (JSON.parse(out) as { data: Record<string, unknown>[] }).data;
    expect(one).toMatchObject({ title: 'In pieces', workspace_id: '00000000-0000-0000-0000-000000000002' });
    await onServer(url(), `update documents set content = 'Anew' where title = 'Title 7'`);
    expect(await go()).toMatchObject({ imported: 1, unchanged: 120 });
  });

  it('that cannot be read is refused in words', async () => {
    const ran = await run(['import', 'single-tenant', '--database-url', `${url()}_never_was`]);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining('cannot be read')]);
  });
});

describe('queries of a test set', () => {
  it('come from BEIR files and from a table', async () => {
    const made = JSON.parse(
      (await run(['test-set', 'create', '--name', 'Files', '--output', 'json'])).out,
    ) as { id: string };
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const queries = file('queries.jsonl', '{"_id": "q1", "text": "one?"}\n{"_id": "q2", "text": "two?"}\n');
    const qrels = file('test.tsv', 'query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t1\n');
    const csv = file('t.csv', 'query,document,grade\nthree?,d3,1\nthree?,d4,2\n');
    const go = (...flags: string[]) =>
      run(['test-set', 'import', '--test-set-id', made.id, '--output', 'json', ...flags]);
    const beir = await go('--queries', queries, '--qrels', qrels);
    expect([beir.err, JSON.parse(beir.out)]).toEqual(['', expect.objectContaining({ queries: 1 })]);
    expect(JSON.parse((await go('--csv', csv)).out)).toMatchObject({ queries: 2 });
    const { out } = await run(['test-query', 'list', '--test-set-id', made.id, '--output', 'json']);
    expect(
      JSON.parse(out).data.map((one: { key: string; expected: unknown[] }) => [one.key, one.expected.length]),
    ).toEqual([
      ['three?', 2],
      ['q1', 2],
    ]);
    expect((await go()).code).toBe(2);
  });
});
