// A metered call over real sockets: caller → relay → provider, with a real ledger. What is billed is what was answered.

import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import OpenAI from 'openai';
import { Agent } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Behaviour } from '../../../../test/fakes/openai-behaviour.ts';
import { type OpenAiProvider, startOpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { type LedgerGround, openLedgerGround } from '../../../../test/open-ledger-ground.ts';
import { newId } from '../../../platform/ids.ts';
import {
  createLedger,
  createPrices,
  type Entry,
  type Ledger,
  LedgerUnavailable,
  priceList,
} from '../ledger/index.ts';
import { type Call, createRelay, type Outcome, type RelayDeps, readAsk } from './index.ts';

const limits = { maxCallMs: 15_000, firstByteMs: 15_000, idleMs: 15_000, maxResponseBytes: 100_000_000 };
const caller = { organization_id: newId(), workspace_id: newId(), actor_kind: 'api_key', actor_id: newId() };
let ground: LedgerGround;
let ledger: Ledger;
let provider: OpenAiProvider;
let agent: Agent;
let server: Server;
let deps: RelayDeps;
let call: Partial<Call>;
let outcomes: Outcome[];
let gates: { intend?: Promise<unknown>; settle?: Promise<unknown> };

beforeAll(async () => {
  ground = await openLedgerGround();
  ledger = createLedger(ground.ledgerDeps());
  await ledger.whenUp(10_000);
  server = createServer(async (incoming, response) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const surface = incoming.url!.endsWith('embeddings') ? 'embeddings' : 'chat.completions';
    const full: Call = {
      id: newId(),
      attempt: 1,
      caller,
      surface,
      target: {
        provider: 'openai',
        credential_id: null,
        origin: provider.origin,
        path: incoming.url!,
        headers: { authorization: `Bearer ${provider.apiKey}` },
        upstream_model: 'gpt-4o-mini',
        priced_as: { provider: 'openai', model: 'gpt-4o-mini' },
      },
      ...call,
    };
    const heard = readAsk(Buffer.concat(parts));
    let outcome: Outcome | undefined;
    for (let attempt = 1; !outcome?.isAnswered; attempt++) {
      outcome = await createRelay(deps).relayCall({ ...full, attempt }, heard, response);
      outcomes.push(outcome);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(async () => {
  provider = await startOpenAiProvider();
  agent = new Agent();
  [call, outcomes, gates] = [{}, [], {}];
  deps = {
    dispatcherFor: () => agent,
    ledger: {
      intend: async (entry) => ledger.intend(entry).then(() => gates.intend as Promise<void>),
      settle: async (entry) => ledger.settle(entry).then(() => gates.settle as Promise<void>),
    },
    prices: createPrices(priceList),
    openModel: () => expect.unreachable(),
    openEmbeddingModel: () => expect.unreachable(),
    replicaId: newId(),
    log: { warn: () => {}, error: () => {} },
    limits,
  };
});
afterEach(async () => {
  await provider.stop();
  await agent.destroy();
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await ledger.stop();
  await ground.close();
});

type Answer = {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  parts: string[];
  isComplete: boolean;
};
type Asking = { path?: string; onPart?: (text: string, leave: () => void) => void };

/** Asks the relay as a plain client would, and sees every part as it comes. */
function ask(
  body: Record<string, unknown>,
  { path = '/v1/chat/completions', onPart }: Asking = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const outgoing = httpRequest(
      { port, path, method: 'POST', agent: false, timeout: 20_000 },
      (incoming) => {
        const parts: string[] = [];
        incoming.setEncoding('utf8');
        incoming.on('data', (part: string) => {
          parts.push(part);
          onPart?.(parts.join(''), () => outgoing.destroy());
        });
        incoming.on('error', () => {});
        incoming.on('close', () => {
          const { statusCode = 0, headers, complete: isComplete } = incoming;
          resolve({ status: statusCode, headers, text: parts.join(''), parts, isComplete });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify({ model: 'fast', messages: [{ role: 'user', content: 'hi' }], ...body }));
  });
}

type Row = Entry & { phase: number };
const rowsOf = (id: unknown) =>
  ground.rows<Row>('select * from ledger.entries where id = $1 order by attempt, phase', [id]);
const settled = async (id: unknown) => (await rowsOf(id)).filter((row) => row.phase > 0);
const until = async (condition: () => boolean): Promise<void> => {
  for (let i = 0; i < 1_000 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
};
const wordsIn = (text: string) =>
  [...text.matchAll(/^data: (\{.*\})$/gm)]
    .map(
      (match) =>
        (JSON.parse(match[1]!) as { choices?: { delta: { content?: string } }[] }).choices?.[0]?.delta
          .content,
    )
    .join('');
const SAID = 'Salve, this is the insula.';
const later = <T>() => Promise.withResolvers<T>();

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use, of the heap and outside of it; what the process got from the system depends on the tests before. */
function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('a whole answer', () => {
  it('reaches the caller byte for byte, with its id, and is billed by the provider’s numbers', async () => {
    const answer = await ask({});
    expect(answer).toMatchObject({ status: 200, isComplete: true });
    expect(JSON.parse(answer.text)).toMatchObject({
      model: 'gpt-4o-mini',
      choices: [{ message: { content: SAID } }],
    });
    const rows = await rowsOf(answer.headers['x-request-id']);
    expect(rows.map((row) => row.phase)).toEqual([0, 1]);
    const { usage } = JSON.parse(answer.text) as { usage: { prompt_tokens: number } };
    expect(rows[1]).toMatchObject({
      ...caller,
      requested_model: 'fast',
      upstream_model: 'gpt-4o-mini',
      input_tokens: usage.prompt_tokens,
      output_tokens: 7,
      cost_micros: Math.ceil(usage.prompt_tokens * 0.15 + 7 * 0.6),
      usage_source: 'provider',
      status: 200,
      streamed: false,
    });
    expect(rows[0]).toMatchObject({ output_tokens: 4_096, usage_source: 'estimated', status: null });
    expect(provider.requests[0]!.headers).toMatchObject({ 'accept-encoding': 'identity' });
  });

  it('is not sent before its settlement is written, and a provider is not asked before the intent is', async () => {
    const [intent, settlement] = [later<void>(), later<void>()];
    gates = { intend: intent.promise, settle: settlement.promise };
    let isAnswered = false;
    const answer = ask({}).finally(() => {
      isAnswered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(provider.requests).toHaveLength(0);
    intent.resolve();
    await until(() => provider.requests.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isAnswered).toBe(false);
    settlement.resolve();
    expect((await answer).status).toBe(200);
  });

  it('without usage is counted by us', async () => {
    provider.next({ usage: false, words: ['x'.repeat(40)] });
    const answer = await ask({});
    const [row] = await settled(answer.headers['x-request-id']);
    const inputTokens = Math.ceil(provider.requests[0]!.bytes.length / 4);
    expect(row).toMatchObject({ usage_source: 'counted', output_tokens: 10, input_tokens: inputTokens });
  });

  it('of embeddings is billed for its input alone', async () => {
    const answer = await ask({ input: ['one', 'two'] }, { path: '/v1/embeddings' });
    expect(JSON.parse(answer.text)).toMatchObject({ object: 'list', data: [{ index: 0 }, { index: 1 }] });
    const rows = await rowsOf(answer.headers['x-request-id']);
    expect(rows.map((row) => row.output_tokens)).toEqual([0, 0]);
    expect(rows[1]).toMatchObject({ surface: 'embeddings', usage_source: 'provider' });
  });

  it('of a model whose price is not known has no cost, which is not zero', async () => {
    deps.prices = createPrices([]);
    const answer = await ask({});
    const [row] = await settled(answer.headers['x-request-id']);
    expect(row).toMatchObject({ cost_micros: null, currency: null, price_version: null, output_tokens: 7 });
  });
});

describe('a stream', () => {
  it('passes as it comes, and ends only after its settlement is written', async () => {
    const settlement = later<void>();
    gates.settle = settlement.promise;
    const seen: string[] = [];
    const answer = ask({ stream: true }, { onPart: (text) => void seen.push(text) });
    await until(() => wordsIn(seen.at(-1) ?? '') === SAID);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(seen.at(-1)).not.toContain('[DONE]');
    settlement.resolve();
    const { text, headers, isComplete } = await answer;
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(isComplete).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    });
    const rows = await settled(headers['x-request-id']);
    expect(rows).toMatchObject([{ status: 200, usage_source: 'provider', output_tokens: 7, streamed: true }]);
  });

  it('reaches the caller while the provider is still speaking', async () => {
    provider.next({ stallAfter: 4 });
    const gone = ask(
      { stream: true },
      { onPart: (text, leave) => wordsIn(text) === 'Salve, this' && leave() },
    );
    expect(wordsIn((await gone).text)).toBe('Salve, this');
  });

  it('shows its usage to a caller who asked for it, and to no other', async () => {
    expect((await ask({ stream: true })).text).not.toContain('"prompt_tokens"');
    const asked = await ask({ stream: true, stream_options: { include_usage: true } });
    expect(asked.text).toContain('"prompt_tokens"');
  });

  it.each<[string, Behaviour]>([
    ['in pieces of a byte', { pieceBytes: 1 }],
    ['with CR LF and comments', { spelling: { lineEnd: '\r\n', comments: true }, pieceBytes: 13 }],
    ['without blanks', { spelling: { blank: '' } }],
    ['left open behind its end', { isLeftOpen: true }],
    ['of large deltas', { hugeBytes: 500_000 }],
    ['without usage', { usage: false }],
    ['without [DONE]', { isWithoutDone: true }],
  ])('%s is passed on and billed once', async (name, behaviour) => {
    provider.next({ words: ['Zoë ', '漢字 ', '🏛'], ...behaviour });
    const answer = await ask({ stream: true });
    const text = answer.text.replaceAll('data:{', 'data: {').replaceAll('\r', '');
    expect(wordsIn(text)).toContain('Zoë 漢字 🏛');
    expect(text.includes('[DONE]')).toBe(name !== 'without [DONE]');
    const source = behaviour.usage === false ? 'counted' : 'provider';
    expect(await settled(answer.headers['x-request-id'])).toMatchObject([
      { status: 200, usage_source: source },
    ]);
  });

  it('is counted when its caller leaves: once, and the provider is told to stop', async () => {
    provider.next({ words: Array<string>(10_000).fill('word '), pauseMs: 1 });
    const answer = await ask(
      { stream: true },
      { onPart: (text, leave) => text.split('word ').length > 50 && leave() },
    );
    await until(() => outcomes.length === 1 && provider.requests[0]!.wasAborted);
    const rows = await settled(answer.headers['x-request-id']);
    expect(rows).toMatchObject([{ status: 499, usage_source: 'counted' }]);
    expect(rows[0]!.output_tokens).toBeGreaterThanOrEqual(50);
    expect(rows[0]!.output_tokens).toBeLessThan(2_000);
    expect(rows[0]!.cost_micros).toBeGreaterThan(0);
  });

  it('that nobody reads does not fill our memory', async () => {
    deps.limits = { ...limits, maxCallMs: 60_000, idleMs: 60_000 };
    provider.next({ hugeBytes: 40_000_000 });
    const before = memoryInUse();
    let rest: (() => void) | undefined;
    const { port } = server.address() as AddressInfo;
    const outgoing = httpRequest(
      { port, path: '/v1/chat/completions', method: 'POST', agent: false },
      (incoming) => {
        incoming.pause();
        rest = () => incoming.resume();
      },
    );
    outgoing.on('error', () => {});
    outgoing.end(JSON.stringify({ model: 'fast', stream: true, messages: [] }));
    await until(() => rest !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(provider.requests[0]!.bytesSent).toBeLessThan(20_000_000);
    expect(memoryInUse() - before).toBeLessThan(40_000_000);
    rest!();
    await until(() => outcomes.length === 1);
    expect(outcomes[0]!.entry).toMatchObject({ status: 200, usage_source: 'provider' });
  });

  it('ends when access ends, and says so', async () => {
    const access = new AbortController();
    call = { signal: access.signal };
    provider.next({ stallAfter: 3 });
    const answer = await ask({ stream: true }, { onPart: (text) => wordsIn(text) && access.abort() });
    expect(answer.text).toContain('"code":"access_ended"');
    expect(await settled(answer.headers['x-request-id'])).toMatchObject([
      { status: 403, usage_source: 'counted' },
    ]);
    await until(() => provider.requests[0]!.wasAborted);
  });
});

describe('a failing ledger', () => {
  it('that cannot write intents lets no call through to a provider', async () => {
    deps.ledger.intend = async () => {
      throw new LedgerUnavailable('gone', false);
    };
    const answer = await ask({});
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toMatchObject({
      error: { code: 'ledger_unavailable', type: 'server_error' },
    });
    expect(provider.requests).toHaveLength(0);
  });

  it('that cannot write settlements leaves an answer without its end', async () => {
    deps.ledger.settle = async () => {
      throw new Error('disk full');
    };
    expect((await ask({})).status).toBe(503);
    const { text } = await ask({ stream: true });
    expect(text).toContain('"code":"ledger_unavailable"');
    expect(text).not.toContain('[DONE]');
  });
});

describe('another attempt', () => {
  it('answers when the first failure was held back, and both are on record', async () => {
    const failures: string[] = [];
    call = { holdsFailure: (failure) => failures.push(`${failure.status} ${failure.code}`) < 3 };
    provider.next({ status: 500 }, { cutAfter: 0 });
    const answer = await ask({ stream: true });
    expect(wordsIn(answer.text)).toBe(SAID);
    expect(failures).toEqual(['500 provider_error', '502 provider_cut']);
    const rows = await settled(answer.headers['x-request-id']);
    expect(rows.map((row) => [row.attempt, row.status, row.cost_micros! > 0])).toEqual([
      [1, 500, false],
      [2, 502, false],
      [3, 200, true],
    ]);
  });
});

describe('OpenAI’s own client', () => {
  const client = () => {
    const { port } = server.address() as AddressInfo;
    return new OpenAI({ apiKey: 'any', baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 });
  };
  const messages = [{ role: 'user' as const, content: 'hi' }];

  it('reads answers, streams, tool calls and embeddings', async () => {
    const whole = await client().chat.completions.create({ model: 'fast', messages });
    expect(whole.choices[0]!.message.content).toBe(SAID);
    let said = '';
    for await (const part of await client().chat.completions.create({
      model: 'fast',
      messages,
      stream: true,
    })) {
      said += part.choices?.[0]?.delta.content ?? '';
    }
    expect(said).toBe(SAID);
    provider.next({ toolCall: { name: 'get_weather', arguments: '{"city":"Rome"}' } });
    const stream = client().chat.completions.stream({ model: 'fast', messages });
    expect((await stream.finalChatCompletion()).choices[0]!.message.tool_calls![0]).toMatchObject({
      function: { name: 'get_weather', arguments: '{"city":"Rome"}' },
    });
    const embeddings = await client().embeddings.create({
      model: 'fast',
      input: 'x',
      encoding_format: 'float',
    });
    expect(embeddings.data[0]!.embedding).toHaveLength(16);
  });

  it('raises its own errors', async () => {
    provider.next({ status: 429, retryAfter: '7' });
    const limited = await client()
      .chat.completions.create({ model: 'fast', messages })
      .catch((error) => error);
    expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
    expect(limited.headers.get('retry-after')).toBe('7');
    provider.next({ cutAfter: 3 });
    const cut = async () => {
      for await (const _ of await client().chat.completions.create({
        model: 'fast',
        messages,
        stream: true,
      }));
    };
    await expect(cut()).rejects.toThrow(/closed the connection/);
  });
});
