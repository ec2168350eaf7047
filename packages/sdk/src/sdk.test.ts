import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { createInsula, InsulaError, listEndpoints, pages, type Session } from './index.ts';
import { foreignNouns } from './list-endpoints.ts';

type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string };
type Answer = { status?: number; headers?: Record<string, string>; body?: unknown };
const organization_id = '01890a5d-ac96-774b-bcce-b302099a8057';
const empty = { body: { data: [], next_cursor: null } };
const busy = { status: 503, body: { code: 'unavailable', status: 503, detail: 'Later.', requestId: 'r1' } };

let server: Server;
let url: string;
let seen: Seen[];
let answers: (Answer | ((seen: Seen) => Answer | Promise<Answer>))[];

async function answerNext(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url: at = '', headers } = request;
  const one = { method, url: at, headers, body: Buffer.concat(chunks).toString() };
  seen.push(one);
  const next = answers.length > 1 ? answers.shift()! : answers[0]!;
  const { status = 200, headers: own, body } = typeof next === 'function' ? await next(one) : next;
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type, ...own }).end(JSON.stringify(body));
}

beforeEach(async () => {
  seen = [];
  answers = [empty];
  server = createServer((request, response) => void answerNext(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const client = () => createInsula({ url: `${url}/`, apiKey: 'insula_live_k', longestWaitMs: 5_000 });

describe('a call', () => {
  it('goes where the contract says: ids in the path, the rest in the query or the body', async () => {
    await client().workspaces.list({ organization_id, limit: 5 });
    answers = [{ status: 201, body: { id: organization_id } }];
    await client().workspaces.create({ organization_id, name: 'Lab' }, { idempotencyKey: 'once' });
    expect(seen.map(({ method, url: at, body }) => [method, at, body])).toEqual([
      ['GET', `/v1/organizations/${organization_id}/workspaces?limit=5`, ''],
      ['POST', `/v1/organizations/${organization_id}/workspaces`, '{"name":"Lab"}'],
    ]);
    expect(seen[1]!.headers).toMatchObject({
      authorization: 'Bearer insula_live_k',
      'idempotency-key': 'once',
      'content-type': 'application/json',
    });
  });

  it('has the types of the contract', () => {
    const insula = client();
    expectTypeOf(insula.workspaces.list).parameter(0).toHaveProperty('organization_id');
    expectTypeOf(insula.workspaces.get).returns.resolves.toHaveProperty('slug').toEqualTypeOf<string>();
    expectTypeOf(insula.providers.list).parameter(0).toEqualTypeOf<Record<string, never> | undefined>();
    expectTypeOf(insula).not.toHaveProperty('openaiSurface');
    expectTypeOf(insula).not.toHaveProperty('anthropicSurface');
  });

  it('fails in the words of the server, with code, status, facts and request id', async () => {
    const body = {
      code: 'slug_taken',
      status: 409,
      detail: 'Taken.',
      data: { slug: 'lab' },
      requestId: 'r9',
    };
    answers = [{ status: 409, body }];
    const error = await client()
      .workspaces.create({ organization_id, name: 'Lab' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InsulaError);
    expect(error).toMatchObject({ ...body, message: 'Taken.' });
  });

  it('understands errors of OpenAI’s shape and of proxies too', async () => {
    answers = [
      {
        status: 404,
        headers: { 'x-request-id': 'r2' },
        body: { error: { message: 'No model.', code: 'model_not_found' } },
      },
    ];
    await expect(
      client().request('/v1/chat/completions', { method: 'POST', body: '{}' }),
    ).rejects.toMatchObject({ code: 'model_not_found', detail: 'No model.', requestId: 'r2' });
    answers = [{ status: 502, body: 'Bad gateway' }];
    await expect(client().providers.list()).rejects.toMatchObject({ code: 'http_502', status: 502 });
  });

  it('says that nobody answers when nobody answers', async () => {
    const nowhere = createInsula({ url: 'http://127.0.0.1:9', apiKey: 'k' });
    await expect(nowhere.providers.list()).rejects.toMatchObject({ code: 'unreachable', status: 0 });
  });
});

describe('a busy server', () => {
  it('is asked again when that is safe, after the time it asked for', async () => {
    answers = [{ ...busy, headers: { 'retry-after': '1' } }, empty];
    const startedAt = performance.now();
    await client().providers.list();
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    expect(seen).toHaveLength(2);
  });

  it('is asked a bounded number of times, and not at all when it asks for too long a pause', async () => {
    answers = [busy];
    await expect(client().providers.list()).rejects.toMatchObject({ code: 'unavailable' });
    expect(seen).toHaveLength(3);
    answers = [{ ...busy, headers: { 'retry-after': '60' } }];
    await expect(client().providers.list()).rejects.toMatchObject({ status: 503 });
    expect(seen).toHaveLength(4);
  });

  it('never gets a POST twice without an idempotency key, and the same body again with one', async () => {
    answers = [busy];
    const input = { organization_id, name: 'Lab' };
    await expect(client().workspaces.create(input)).rejects.toThrow();
    expect(seen).toHaveLength(1);
    answers = [busy, { status: 201, body: {} }];
    await client().workspaces.create(input, { idempotencyKey: 'once' });
    expect(seen.slice(1).map(({ body }) => body)).toEqual(['{"name":"Lab"}', '{"name":"Lab"}']);
  });

  it('is left alone as soon as the caller gives up', async () => {
    answers = [{ ...busy, headers: { 'retry-after': '4' } }];
    const signal = AbortSignal.timeout(200);
    const startedAt = performance.now();
    await expect(client().providers.list({}, { signal })).rejects.toThrow(/aborted|timeout/i);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(seen).toHaveLength(1);
  });
});

describe('a session', () => {
  const signed = (n: number, expires_in = 900) => ({
    body: { access_token: `access ${n}`, token_type: 'Bearer', expires_in, refresh_token: `refresh ${n}` },
  });
  const sentTokens = () => seen.map(({ headers }) => headers.authorization);

  it('is renewed before its token ends, once for all calls that wait', async () => {
    const insula = createInsula({ url });
    answers = [signed(1, 10)];
    await insula.signIn('ann@example.com', 'secret', { organization: 'acme' });
    expect(JSON.parse(seen[0]!.body)).toEqual({
      email: 'ann@example.com',
      password: 'secret',
      organization: 'acme',
    });
    answers = [({ url: at }) => (at.endsWith('/refresh') ? signed(2) : empty)];
    await Promise.all([insula.providers.list(), insula.providers.list(), insula.organizations.list()]);
    expect(seen.filter(({ url: at }) => at.endsWith('/refresh'))).toHaveLength(1);
    expect(seen[1]!.body).toBe('{"refresh_token":"refresh 1"}');
    expect(sentTokens().slice(2)).toEqual(['Bearer access 2', 'Bearer access 2', 'Bearer access 2']);
  });

  it('is renewed when the server does not take its token any more, and the call is made again', async () => {
    const insula = createInsula({ url });
    answers = [signed(1)];
    await insula.signIn('ann@example.com', 'secret');
    const refused = { status: 401, body: { code: 'unauthenticated', status: 401, detail: 'No.' } };
    answers = [refused, signed(2), empty];
    await insula.providers.list();
    expect(sentTokens()).toEqual([undefined, 'Bearer access 1', undefined, 'Bearer access 2']);
  });

  it('is over when it cannot be renewed: the next call says so, and nothing is kept', async () => {
    let kept: Session | undefined = { access_token: 'a', refresh_token: 'r', expires_at: 0 };
    const session = {
      read: () => kept,
      write: (next: Session | undefined) => {
        kept = next;
      },
    };
    answers = [
      { status: 401, body: { code: 'refresh_token_invalid', status: 401, detail: 'Sign in again.' } },
    ];
    const insula = createInsula({ url, session });
    await expect(insula.providers.list()).rejects.toMatchObject({ code: 'refresh_token_invalid' });
    expect(kept).toBeUndefined();
  });

  it('renewed by another process is taken over instead of being renewed again', async () => {
    const other = { access_token: 'theirs', refresh_token: 'r2', expires_at: Date.now() + 900_000 };
    let reads = 0;
    const session = {
      read: () => (reads++ === 0 ? { access_token: 'a', refresh_token: 'r', expires_at: 0 } : other),
      write: () => {},
    };
    await createInsula({ url, session }).providers.list();
    expect(sentTokens()).toEqual(['Bearer theirs']);
  });

  it('ends here even if the server cannot be told', async () => {
    let kept: Session | undefined = {
      access_token: 'a',
      refresh_token: 'r',
      expires_at: Date.now() + 900_000,
    };
    const session = {
      read: () => kept,
      write: (next: Session | undefined) => {
        kept = next;
      },
    };
    answers = [{ status: 500, body: {} }];
    await expect(createInsula({ url, session }).signOut()).rejects.toThrow();
    expect(kept).toBeUndefined();
  });
});

it('reads a list to its end, each row once', async () => {
  const row = (n: number) => ({ id: `${n}` });
  answers = [
    { body: { data: [row(1), row(2)], next_cursor: 'c1' } },
    { body: { data: [], next_cursor: 'c2' } },
    { body: { data: [row(3)], next_cursor: null } },
  ];
  const read: string[] = [];
  for await (const workspace of pages(client().workspaces.list, { organization_id, limit: 2 }))
    read.push(workspace.id);
  expect(read).toEqual(['1', '2', '3']);
  expect(seen.map(({ url: at }) => at.split('?')[1])).toEqual([
    'limit=2',
    'limit=2&cursor=c1',
    'limit=2&cursor=c2',
  ]);
});

it('leaves out exactly the endpoints that speak a foreign protocol', () => {
  const foreign: readonly string[] = foreignNouns;
  for (const { noun, verb, meta } of listEndpoints())
    expect(foreign.includes(noun), `${noun}.${verb}`).toBe(meta.protocol !== undefined);
});

it('needs nothing of Node: it runs in browsers', () => {
  const folder = new URL('./', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  for (const name of files)
    expect(readFileSync(new URL(name, folder), 'utf8'), name).not.toMatch(/['"]node:|\bprocess\.|\bBuffer\b/);
});
