// A provider that fails: the caller is told the truth in OpenAI's shape, the call is settled exactly once, nothing leaks.
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Behaviour } from '../../../../test/fakes/openai-behaviour.ts';
import { type OpenAiProvider, startOpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { type LedgerGround, openLedgerGround } from '../../../../test/open-ledger-ground.ts';
import { newId } from '../../../platform/ids.ts';
import { createLedger, createPrices, type Entry, type Ledger, priceList } from '../ledger/index.ts';
import { type Call, createRelay, readAsk } from './index.ts';

let ground: LedgerGround;
let ledger: Ledger;
let provider: OpenAiProvider;
let server: Server;
let origin: string | undefined;
const agent = new Agent({ connect: { timeout: 1_000 } });
const warnings: unknown[] = [];
let underWay = 0;

beforeAll(async () => {
  ground = await openLedgerGround();
  ledger = createLedger(ground.ledgerDeps());
  await ledger.whenUp(10_000);
  provider = await startOpenAiProvider();
  const relay = createRelay({
    dispatcherFor(address) {
      if (address.startsWith('refused:')) throw new Error('This origin is not allowed.');
      return agent;
    },
    openModel: () => expect.unreachable(),
    openEmbeddingModel: () => expect.unreachable(),
    ledger,
    prices: createPrices(priceList),
    replicaId: newId(),
    log: { warn: (facts: unknown) => void warnings.push(facts), error: () => {} },
    limits: { maxCallMs: 2_500, firstByteMs: 400, idleMs: 400, maxResponseBytes: 1_000_000 },
  });
  server = createServer(async (incoming, response) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const call: Call = {
      id: newId(),
      attempt: 1,
      caller: { organization_id: newId(), workspace_id: null, actor_kind: 'member', actor_id: newId() },
      surface: 'chat.completions',
      target: {
        provider: 'openai',
        credential_id: newId(),
        origin: origin ?? provider.origin,
        path: '/v1/chat/completions',
        headers: { authorization: `Bearer ${incoming.headers['x-key'] ?? provider.apiKey}` },
        upstream_model: 'gpt-4o-mini',
        priced_as: { provider: 'openai', model: 'gpt-4o-mini' },
      },
    };
    underWay++;
    await relay.relayCall(call, readAsk(Buffer.concat(parts)), response);
    underWay--;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await agent.destroy();
  await provider.stop();
  await ledger.stop();
  await ground.close();
});

type Told = { status: number; text: string; id: string; retryAfter: string | undefined; isComplete: boolean };

function ask(stream: boolean, headers: Record<string, string> = {}): Promise<Told> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const outgoing = httpRequest({ port, path: '/', method: 'POST', headers, agent: false }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      incoming.on('error', () => {});
      incoming.on('close', () => {
        const { 'x-request-id': id, 'retry-after': retryAfter } = incoming.headers;
        resolve({
          status: incoming.statusCode!,
          text,
          id: String(id),
          retryAfter,
          isComplete: incoming.complete,
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify({ model: 'fast', stream, messages: [{ role: 'user', content: 'hi' }] }));
  });
}

type Row = Entry & { phase: number };
async function settlementOf(id: string): Promise<Row> {
  const rows = await ground.rows<Row>('select * from ledger.entries where id = $1 and phase > 0', [id]);
  expect(rows, 'exactly one settlement').toHaveLength(1);
  return rows[0]!;
}
const errorIn = (text: string) => (JSON.parse(text) as { error: Record<string, unknown> }).error;
const wasFree = { cost_micros: 0, input_tokens: 0, output_tokens: 0 };

const whole: [string, Behaviour, number, string | null][] = [
  ['an error of the provider', { status: 500 }, 500, null],
  ['a refusal', { status: 400 }, 400, null],
  ['too many requests', { status: 429, retryAfter: '7' }, 429, 'rate_limit_exceeded'],
  ['an error page', { status: 502, body: { type: 'text/html', bytes: '<html>' } }, 502, 'provider_error'],
  ['an empty error', { status: 503, body: { type: 'text/plain', bytes: '' } }, 503, 'provider_error'],
  ['garbage', { body: { type: 'application/json', bytes: '{"choices":[' } }, 502, 'provider_answer_invalid'],
  [
    'something else',
    { body: { type: 'application/json', bytes: '"usage"' } },
    502,
    'provider_answer_invalid',
  ],
  [
    'an error behind a 200',
    { body: { type: 'application/json', bytes: '{"error":{"message":"no"}}' } },
    502,
    null,
  ],
  ['a redirect', { redirect: 'http://127.0.0.1:1/' }, 502, 'provider_redirected'],
  ['too much', { hugeBytes: 2_000_000 }, 502, 'provider_answer_too_large'],
  [
    'compressed bytes',
    { body: { type: 'application/json', bytes: gzipSync('{}'), encoding: 'gzip' } },
    502,
    'provider_answer_invalid',
  ],
  ['a cut', { cutAfter: 0 }, 502, 'provider_cut'],
  ['a stall', { stallAfter: 0 }, 504, 'provider_stalled'],
  ['silence', { isSilent: true }, 504, 'call_too_long'],
];

describe('to a caller who waits for a whole answer', () => {
  it.each(whole)('%s is told with its status, and costs nothing', async (_, behaviour, status, code) => {
    provider.next(behaviour);
    const told = await ask(false);
    expect(told.status).toBe(status);
    const error = errorIn(told.text);
    expect(error).toMatchObject({ message: expect.any(String) });
    if (code) expect(error.code).toBe(code);
    expect(told.retryAfter).toBe(behaviour.retryAfter);
    expect(await settlementOf(told.id)).toMatchObject({ ...wasFree, status });
  });

  it('a refused credential is not told as the caller’s own, nor quoted', async () => {
    const told = await ask(false, { 'x-key': 'sk-wrong' });
    expect(told.status).toBe(502);
    expect(errorIn(told.text).code).toBe('provider_refused_credential');
    expect(told.text).not.toContain('sk-');
    expect(await settlementOf(told.id)).toMatchObject({ ...wasFree, usage_source: 'provider' });
  });

  it.each([
    ['a closed port', 'http://127.0.0.1:1', 'provider_unreachable'],
    ['an unknown name', 'http://nowhere.invalid', 'provider_unreachable'],
    ['an origin that is not allowed', 'refused:', 'provider_unreachable'],
  ])('%s is told without naming it', async (_, address, code) => {
    origin = address;
    const told = await ask(false).finally(() => {
      origin = undefined;
    });
    expect(told.status).toBe(502);
    expect(errorIn(told.text).code).toBe(code);
    expect(told.text).not.toContain(new URL(address).hostname || address);
    expect(await settlementOf(told.id)).toMatchObject({ ...wasFree, usage_source: 'counted', status: 502 });
    expect(warnings.at(-1)).toMatchObject({ request_id: told.id, origin: address });
  });

  it('bytes that are no HTTP are told as such', async () => {
    const noise = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n').on('error', () => {}));
    await new Promise<void>((resolve) => noise.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(noise.address() as AddressInfo).port}`;
    const told = await ask(false).finally(() => {
      origin = undefined;
      noise.close();
    });
    expect([told.status, errorIn(told.text).code]).toEqual([502, 'provider_answer_invalid']);
    expect(await settlementOf(told.id)).toMatchObject(wasFree);
  });
});

const begun: [string, Behaviour, number, string][] = [
  ['a cut', { cutAfter: 4 }, 502, 'provider_cut'],
  ['a stall', { stallAfter: 4 }, 504, 'provider_stalled'],
  [
    'too much',
    { words: ['Salve', ',', ' this', 'x'.repeat(900_000), 'x'.repeat(200_000)] },
    502,
    'provider_answer_too_large',
  ],
  [
    'an endless drip',
    { pieceBytes: 20, pauseMs: 3, words: Array<string>(100).fill('drip') },
    504,
    'call_too_long',
  ],
];

describe('to a caller who has a part of a stream', () => {
  it.each(begun)(
    '%s is told as its last event, and what came is counted',
    async (_, behaviour, status, code) => {
      provider.next(behaviour);
      const told = await ask(true);
      expect(told).toMatchObject({ status: 200, isComplete: true });
      expect(told.text).not.toContain('[DONE]');
      const last = told.text.trimEnd().split('\n\n').at(-1)!;
      expect(errorIn(last.slice('data: '.length))).toMatchObject({ code, type: 'provider_error' });
      const row = await settlementOf(told.id);
      expect(row).toMatchObject({ status, usage_source: 'counted' });
      expect(row.output_tokens).toBeGreaterThanOrEqual(1);
      expect(row.cost_micros).toBeGreaterThan(0);
    },
  );

  it('the provider’s own error event passes, once, and no good ending follows', async () => {
    provider.next({ errorAfter: 4 });
    const told = await ask(true);
    expect(told.text.match(/"error":/g)).toHaveLength(1);
    expect(told.text).not.toContain('[DONE]');
    expect(await settlementOf(told.id)).toMatchObject({ status: 502, usage_source: 'counted' });
  });

  it('the end of a connection that has no length is no good ending', async () => {
    const { port, close } = await serveBytes(
      'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {"choices":[{"delta":{"content":"Hal"}}]}\n\n',
    );
    origin = `http://127.0.0.1:${port}`;
    const told = await ask(true).finally(() => {
      origin = undefined;
      close();
    });
    expect(told.text).toContain('Hal');
    expect(told.text).toContain('"code":"provider_cut"');
    expect(await settlementOf(told.id)).toMatchObject({ status: 502, output_tokens: 1 });
  });
});

async function serveBytes(text: string): Promise<{ port: number; close(): void }> {
  const raw = createTcpServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end(text));
  });
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  return { port: (raw.address() as AddressInfo).port, close: () => raw.close() };
}

describe('to a caller whose stream has not begun', () => {
  it.each<[string, Behaviour, number, string | null]>([
    ['an error', { status: 429, retryAfter: '7' }, 429, 'rate_limit_exceeded'],
    ['silence', { isSilent: true }, 504, 'provider_silent'],
    ['a head and nothing more', { stallAfter: 0 }, 504, 'provider_silent'],
    ['a head and the end', { cutAfter: 0 }, 502, 'provider_cut'],
    ['an error event', { errorAfter: 0 }, 502, null],
    ['an error page', { status: 502, body: { type: 'text/html', bytes: '<html>' } }, 502, 'provider_error'],
  ])('%s is answered as an error, with its status', async (_, behaviour, status, code) => {
    provider.next(behaviour);
    const told = await ask(true);
    expect(told.status).toBe(status);
    if (code) expect(errorIn(told.text).code).toBe(code);
    expect(errorIn(told.text)).toMatchObject({ message: expect.any(String) });
    expect(await settlementOf(told.id)).toMatchObject({ ...wasFree, status });
  });
});

describe('a storm of callers who leave', () => {
  it('leaves one settlement each, and no connection to the provider open', async () => {
    const before = provider.requests.length;
    provider.next(
      ...Array.from({ length: 60 }, (_, i) => ({ pauseMs: i % 3, pieceBytes: 40, delayMs: i % 7 })),
    );
    const { port } = server.address() as AddressInfo;
    const leaving = Array.from({ length: 60 }, async (_, i) => {
      const outgoing = httpRequest({ port, path: '/', method: 'POST', agent: false });
      outgoing.on('error', () => {}).on('response', (incoming) => incoming.on('error', () => {}).resume());
      outgoing.end(JSON.stringify({ model: 'fast', stream: i % 2 === 0, messages: [] }));
      await new Promise((resolve) => setTimeout(resolve, i * 3));
      outgoing.destroy();
    });
    await Promise.all(leaving);
    for (let idle = 0; idle < 20; idle = underWay === 0 ? idle + 1 : 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const [counts] = await ground.rows(`select (count(*) filter (where phase = 0))::int as intents,
      (count(*) filter (where phase > 0))::int as settlements,
      (count(distinct id) filter (where phase > 0))::int as calls from ledger.entries`);
    expect([counts!.settlements, counts!.calls]).toEqual([counts!.intents, counts!.intents]);
    expect(counts!.intents).toBeGreaterThan(30);
    expect(provider.requests.length - before).toBeLessThanOrEqual(60);
    expect((await ask(false)).status).toBe(200);
    expect(agent.stats[provider.origin]).toMatchObject({ running: 0, pending: 0 });
  });
});
