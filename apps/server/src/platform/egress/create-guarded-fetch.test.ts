import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it, test } from 'vitest';
import { createEgress, createGuardedFetch, type FetchBounds } from './index.ts';

const servers: Server[] = [];
const egress = createEgress({ allowPrivate: { hosts: [], cidrs: [], loopback: true } });
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await egress.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const wide: FetchBounds = { firstByteMs: 2_000, idleMs: 2_000, maxCallMs: 4_000, maxBytes: 1_000_000 };
const fetchOf = (origin: string, bounds: Partial<FetchBounds> = {}) =>
  createGuardedFetch({ dispatcherFor: egress.dispatcherFor, origin, bounds: { ...wide, ...bounds } });

test('a call brings status, headers and body, and sends what it was given', async () => {
  const origin = await serve(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    response.writeHead(201, {
      'x-seen': request.headers['x-own'],
      'x-encoding': request.headers['accept-encoding'],
    });
    response.end(`${request.method} ${request.url} ${Buffer.concat(parts)}`);
  });
  const answer = await fetchOf(origin)(`${origin}/a?b=1`, {
    method: 'POST',
    headers: { 'X-Own': 'yes', 'Accept-Encoding': 'gzip', Host: 'elsewhere' },
    body: 'hello',
  });
  expect([answer.status, answer.headers.get('x-seen'), answer.headers.get('x-encoding')]).toEqual([
    201,
    'yes',
    'identity',
  ]);
  expect(await answer.text()).toBe('POST /a?b=1 hello');
});

test('a credential only travels to the origin it was saved with: no other one is called', async () => {
  let asked = 0;
  const elsewhere = await serve((_request, response) => {
    asked++;
    response.end();
  });
  const origin = await serve((_request, response) => response.end());
  const headers = { authorization: 'Bearer secret' };
  for (const address of [elsewhere, elsewhere.replace('127.0.0.1', 'localhost'), `${origin}@evil.example`])
    await expect(fetchOf(origin)(address, { headers })).rejects.toMatchObject({ fault: 'other_origin' });
  expect(asked).toBe(0);
});

test('a redirect is not followed, not even to the same origin', async () => {
  let asked = 0;
  const origin = await serve((_request, response) => {
    asked++;
    response.writeHead(307, { location: '/again' }).end();
  });
  await expect(fetchOf(origin)(origin)).rejects.toMatchObject({ fault: 'redirected' });
  expect(asked).toBe(1);
});

test('a compressed answer is refused before a byte of it is unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  const origin = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  });
  await expect(fetchOf(origin)(origin)).rejects.toMatchObject({ fault: 'encoded' });
});

test.each([
  ['with its length said', true],
  ['in chunks', false],
])('an answer larger than allowed is cut off, %s', async (_name, said) => {
  const body = Buffer.alloc(100_000);
  const origin = await serve((_request, response) => {
    response.writeHead(200, said ? { 'content-length': body.length } : {}).end(body);
  });
  const answer = async () => (await fetchOf(origin, { maxBytes: 50_000 })(origin)).text();
  await expect(answer()).rejects.toMatchObject({ fault: 'too_large' });
});

it('waits for a first byte, for the next one, and for the whole no longer than it is told', async () => {
  const silent = await serve(() => {});
  await expect(fetchOf(silent, { firstByteMs: 50 })(silent)).rejects.toMatchObject({ fault: 'silent' });
  await expect(fetchOf(silent, { firstByteMs: 0, maxCallMs: 50 })(silent)).rejects.toMatchObject({
    fault: 'too_long',
  });
  const headOnly = await serve((_request, response) => response.flushHeaders());
  const first = async () => (await fetchOf(headOnly, { firstByteMs: 50 })(headOnly)).text();
  await expect(first()).rejects.toMatchObject({ fault: 'silent' });
  const stalling = await serve((_request, response) => void response.write('half'));
  const next = async () => (await fetchOf(stalling, { idleMs: 50 })(stalling)).text();
  await expect(next()).rejects.toMatchObject({ fault: 'stalled' });
});

test('a slow reader is not a stalled provider, and the provider waits for it', async () => {
  let sent = 0;
  const origin = await serve((_request, response) => {
    const write = () => {
      while (sent < 40_000_000) {
        sent += 65_536;
        if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', write);
      }
      response.end();
    };
    write();
  });
  const answer = await fetchOf(origin, { idleMs: 500, maxBytes: 50_000_000 })(origin);
  const reader = answer.body!.getReader();
  let got = (await reader.read()).value!.length;
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(sent).toBeLessThan(20_000_000);
  for (let next = await reader.read(); !next.done; next = await reader.read()) got += next.value.length;
  expect(got).toBe(sent);
});

test('a caller who leaves takes the connection along, before and in the middle of an answer', async () => {
  let closed = 0;
  const origin = await serve((request, response) => {
    response.on('close', () => closed++);
    if (request.url === '/stream') response.write('half');
  });
  const before = new AbortController();
  const waiting = fetchOf(origin)(`${origin}/silent`, { signal: before.signal });
  setTimeout(() => before.abort(), 50);
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  const middle = new AbortController();
  const answer = await fetchOf(origin)(`${origin}/stream`, { signal: middle.signal });
  const reader = answer.body!.getReader();
  await reader.read();
  middle.abort();
  await expect(reader.read()).rejects.toMatchObject({ name: 'AbortError' });
  const cancelled = await fetchOf(origin)(`${origin}/stream`);
  await cancelled.body!.cancel();
  await expect.poll(() => closed).toBe(3);
});

test('a connection that is cut in the middle is an error, never a short answer', async () => {
  const origin = await serve((_request, response) => {
    response.write('half');
    setTimeout(() => response.destroy(), 20);
  });
  const text = async () => (await fetchOf(origin)(origin)).text();
  await expect(text()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
});
