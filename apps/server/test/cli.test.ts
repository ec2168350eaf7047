// The command line as people run it: a process of its own against the whole server and a provider of models.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type OpenAiProvider, startOpenAiProvider } from './fakes/openai-provider.ts';
import { createGround, type Ground, type Server, startServer } from './world.ts';

const main = join(import.meta.dirname, '../../cli/src/main.ts');
const bin = join(import.meta.dirname, '../../cli/bin/insula.js');
// Each command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

let ground: Ground;
let server: Server;
let provider: OpenAiProvider;
let folder: string;

type Ran = { code: number | null; out: string; err: string };
type RunOptions = { input?: string; env?: Record<string, string>; program?: string };

function run(args: string[], { input = '', env = {}, program = main }: RunOptions = {}): Promise<Ran> {
  const own = { XDG_CONFIG_HOME: folder, INSULA_URL: server.url, PATH: process.env.PATH ?? '' };
  const child = spawn(process.execPath, [program, ...args], { env: { ...own, ...env } });
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

async function json(...args: string[]) {
  const { code, out, err } = await run(args);
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Record<string, unknown> & { data: Record<string, unknown>[] };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'insula-cli-'));
  ground = await createGround({ env: { LOCAL_DEV_MODE: 'true' } });
  server = await startServer(ground);
  provider = await startOpenAiProvider();
});
afterAll(async () => {
  await server?.close();
  await ground?.clear();
  await provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the account', () => {
  it('signs in with a password from a pipe and keeps the session where only its owner can read it', async () => {
    const wrong = await run(['login', '--email', 'admin@localhost', '--password-stdin'], {
      input: 'nonsense',
    });
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(
      /password is not right[\s\S]*sign_in_failed, status 401, request [0-9a-f-]{36}/,
    );
    const right = await run(['login', '--email', 'admin@localhost', '--password-stdin'], {
      input: 'admin123\n',
    });
    expect(right).toMatchObject({ code: 0, err: '' });
    const file = join(folder, 'insula', 'credentials.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain('admin123');
    expect(await json('whoami')).toMatchObject({
      user: { email: 'admin@localhost' },
      workspace: { slug: 'default' },
    });
  });

  it('is never sent to another server than the one it is for', async () => {
    const other = await run(['whoami'], { env: { INSULA_URL: provider.origin } });
    expect(other.code).toBe(1);
    expect(provider.requests.at(-1)?.headers.authorization).toBeUndefined();
  });
});

describe('commands of the API', () => {
  it('make and find things by slug, in the workspace chosen', async () => {
    await json('workspace', 'create', '--name', 'Lab');
    expect((await run(['use', 'workspace', 'lab'])).out).toBe('Workspace "Lab" (lab).\n');
    const agent = await json(
      'agent',
      'create',
      '--name',
      'Guide',
      '--enabled-tools',
      'vector_search,graph_search',
    );
    expect(agent).toMatchObject({ slug: 'guide', enabled_tools: ['vector_search', 'graph_search'] });
    expect((await json('agent', 'get', 'guide')).id).toBe(agent.id);
    const elsewhere = (await json('agent', 'list', '--workspace_id', 'default')).data;
    expect(elsewhere.map(({ slug }) => slug)).not.toContain('guide');
    const table = await run(['workspace', 'list', '--output', 'table']);
    expect(table.out).toMatch(/^ID +NAME +SLUG[\s\S]*Lab +lab/);
  });

  it('take whole bodies from standard input, and read lists to their end', async () => {
    const body = JSON.stringify({ name: 'From a pipe', description: 'whole' });
    const { code } = await run(['workspace', 'create', '--json', '-'], { input: body });
    expect(code).toBe(0);
    const { data } = await json('workspace', 'list', '--all', '--limit', '1');
    expect(data.map(({ name }) => name).sort()).toEqual(['Default', 'From a pipe', 'Lab']);
  });

  it('tell wrong usage from a refusal by the exit code, and say what is wrong', async () => {
    const missing = await run(['workspace', 'create']);
    expect([missing.code, missing.err]).toEqual([
      2,
      'Missing: --name. See: insula workspace create --help\n',
    ]);
    const unknown = await run(['workspace', 'make']);
    expect(unknown.code).toBe(2);
    const refused = await run(['workspace', 'create', '--name', 'Lab', '--slug', 'lab']);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/The slug "lab" is taken.*\n\(slug_taken, status 409, request /);
  });

  it('move a tenant by its slug', async () => {
    const organization = await json('tenant', 'create', '--name', 'Movers');
    const moved = await json('tenant', 'move', 'movers', '--placement', 'dedicated');
    expect(moved).toMatchObject({ organization_id: organization.id, to: { placement: 'dedicated' } });
    expect((await json('org', 'list', '--slug', 'movers')).data[0]).toMatchObject({ placement: 'dedicated' });
  });

  it('download a trail that the command line verifies by itself', async () => {
    const file = join(folder, 'trail.jsonl');
    expect(await run(['event', 'export', '--file', file])).toMatchObject({ code: 0, out: '' });
    expect(await json('verify-trail', file)).toMatchObject({ ok: true });
  });
});

describe('models', () => {
  it('quickstart makes a key that works, from nothing but a development server', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'insula-cli-'));
    const { out, ...ran } = await run(['quickstart'], { env: { XDG_CONFIG_HOME: elsewhere } });
    expect(ran).toEqual({ code: 0, err: '' });
    const start = JSON.parse(out) as { key: string; base_url: string };
    const answer = await fetch(`${start.base_url}/models`, {
      headers: { authorization: `Bearer ${start.key}` },
    });
    expect(answer.status).toBe(200);
    const shown = await run(['quickstart', '--output', 'table'], { env: { XDG_CONFIG_HOME: elsewhere } });
    for (const words of [
      'curl ',
      'from openai import OpenAI',
      "import OpenAI from 'openai'",
      '/v1/chat/completions',
    ])
      expect(shown.out).toContain(words);
    rmSync(elsewhere, { recursive: true, force: true });
  });

  it('chat streams an answer of the first model, once a provider is connected', async () => {
    const flags = [
      '--name',
      'Fake',
      '--provider',
      'openai',
      '--base-url',
      `${provider.origin}/v1`,
      '--api-key',
      '-',
    ];
    const saved = await run(['credential', 'create', ...flags], { input: provider.apiKey });
    expect(saved).toMatchObject({ code: 0, err: '' });
    expect(saved.out).not.toContain(provider.apiKey);
    const { data } = await json('model', 'list');
    expect(data.map(({ id }) => id)).toContain('gpt-4o-mini');
    const asked = await run(['chat', 'Hello?', '--model', 'gpt-4o-mini']);
    expect(asked).toMatchObject({ code: 0, err: '' });
    expect(asked.out.trim().length).toBeGreaterThan(0);
    const received = provider.requests.at(-1)!.body;
    expect(received).toMatchObject({ stream: true, messages: [{ role: 'user', content: 'Hello?' }] });
    const unknown = await run(['chat', 'Hello?', '--model', 'nothing-like-it']);
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain('model_not_found');
  });
});

describe('money', () => {
  it('imports a file of prices, tried first, and lists what holds', async () => {
    const file = join(folder, 'prices.csv');
    writeFileSync(file, 'provider,model,input,output,valid_from\nopenai,cli-model,2.50,10,2026-01-01\n');
    expect(await json('prices', 'import', file, '--dry-run')).toMatchObject({ version: null, new: 1 });
    const done = await json('prices', 'import', file, '--note', 'the price page');
    expect(done).toMatchObject({
      version: expect.any(Number),
      new: 1,
      changes: [{ after: { input: '2.5' } }],
    });
    const { data } = await json('price', 'list', '--model', 'cli-model');
    expect(data).toMatchObject([{ input: '2.5', cached_input: '2.5', source: 'the price page' }]);
    const own = await json('prices', 'import', file, '--organization', 'movers');
    expect(own.organization_id).toEqual(expect.any(String));
    const wrong = await run(['prices', 'import', join(folder, 'nothing.csv')]);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('cannot be read') });
  });

  it('lays an invoice beside the ledger, as CSV too, and rates calls again', async () => {
    const file = join(folder, 'invoice.csv');
    writeFileSync(file, 'day,model,input_tokens,cost\n2026-01-31,=cmd(),100,0.25\n');
    const args = ['usage', 'reconcile', '--file', file, '--output', 'csv'];
    const { code, out, err } = await run(args);
    expect([code, out.split('\n')[1]]).toEqual([
      0,
      "2026-01-31,,'=cmd(),only_theirs,0.25,,0.25,,100,,100,,,,,,0",
    ]);
    expect(err).toContain('1 only theirs');
    const period = ['--from', '2026-01-01T00:00:00Z', '--to', '2026-02-01T00:00:00Z'];
    expect(await json('usage', 're-rate', ...period)).toMatchObject({ state: 'done', changed: 0 });
    expect((await json('usage', 'list-re-ratings')).data).toHaveLength(1);
  });
});

it('ends a session here and on the server', async () => {
  expect((await run(['logout'])).code).toBe(0);
  expect(await run(['whoami'])).toMatchObject({ code: 1, err: expect.stringContaining('insula login') });
  expect((await run(['logout'])).code).toBe(2);
});

it('needs no documentation: help names every command, and the launcher starts it', async () => {
  const { out, code } = await run(['--help'], { program: bin });
  expect(code).toBe(0);
  for (const name of [
    'quickstart',
    'start',
    'migrate',
    'doctor',
    'create-admin',
    'login',
    'workspace',
    'api-key',
  ])
    expect(out).toContain(`  ${name} `);
});

it('runs the programs of the server with their exit codes', async () => {
  const env = { DATA_DIR: join(folder, 'data'), ENCRYPTION_KEY: 'too short', LOCAL_DEV_MODE: 'false' };
  const sick = await run(['doctor'], { env });
  expect(sick.code).toBe(1);
  expect(sick.out + sick.err).toMatch(/key/i);
});
