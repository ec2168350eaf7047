// A translated exchange keeps its bounds whatever a model does: in time, in size, at the caller's pace; and it ends once.
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../platform/ids.ts';
import { encoders } from '../encoding/index.ts';
import type { Exchanged } from '../relay/exchange-bytes.ts';
import { exchangeParts, type PartsRequest } from './exchange-parts.ts';

type Part = LanguageModelV4StreamPart;
let server: Server;
let serve: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((_incoming, response) => serve(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const usage = {
  inputTokens: { total: 9, noCache: 9, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 4, text: 4, reasoning: 0 },
};
const finish: Part = { type: 'finish', usage, finishReason: { unified: 'stop', raw: 'stop' } };
const say = (delta: string): Part => ({ type: 'text-delta', id: '0', delta });

type Plan = { parts?: Iterable<Part>; error?: unknown; isEndless?: boolean };

/** A model that streams what is planned and then says no more; `pulled` counts what was asked of it. */
function modelOf({ parts = [], error, isEndless = false }: Plan) {
  const told = { pulled: 0, isCancelled: false, isAborted: false };
  const model: LanguageModelV4 = {
    specificationVersion: 'v4',
    provider: 'scripted',
    modelId: 'm',
    supportedUrls: {},
    doGenerate: () => new Promise<never>(() => {}),
    async doStream({ abortSignal }) {
      abortSignal?.addEventListener('abort', () => {
        told.isAborted = true;
      });
      if (error) throw error;
      const left = parts[Symbol.iterator]();
      const stream = new ReadableStream<Part>(
        {
          async pull(controller) {
            await new Promise(setImmediate); // as from a socket: never without a turn of the loop
            const { done, value } = left.next();
            told.pulled++;
            if (!done) controller.enqueue(value);
            else if (isEndless) await new Promise(() => {});
            else controller.close();
          },
          cancel() {
            told.isCancelled = true;
          },
        },
        { highWaterMark: 0 },
      );
      return { stream };
    },
  };
  return { model, told };
}

type Caller = { onAnswer?: (incoming: IncomingMessage, leave: () => void) => void };

/** Exchanges with a caller on a real socket; gives the ending and what the caller has of it. */
async function exchange(plan: Plan, more: Partial<PartsRequest> = {}, caller: Caller = {}) {
  const { model, told } = modelOf(plan);
  let text = '';
  const exchanged = await new Promise<Exchanged>((resolve) => {
    serve = (response) => {
      const heading = { id: 'x', model: 'm', createdAtMs: 0, asked: {} };
      const times = { maxCallMs: 5_000, firstByteMs: 5_000, idleMs: 5_000, maxResponseBytes: 1_000_000 };
      const request: PartsRequest = {
        model,
        connection: undefined,
        options: { prompt: [] },
        encoder: encoders['chat.completions']!,
        heading,
        id: newId(),
        stream: true,
        bodyBytes: 40,
        ...times,
        ...more,
      };
      void exchangeParts(request, response).then((ended) => {
        resolve(ended);
        response.end();
      });
    };
    const { port } = server.address() as AddressInfo;
    const outgoing = httpRequest({ port, method: 'POST', agent: false }, (incoming) => {
      if (caller.onAnswer) return caller.onAnswer(incoming, () => outgoing.destroy());
      incoming.on('data', (part: Buffer) => {
        text += part.toString();
      });
    });
    outgoing.on('error', () => {});
    outgoing.end();
  });
  return { ...exchanged, told, text };
}
const codeOf = ({ ending }: Exchanged) => (ending.kind === 'failure' ? ending.failure.code : ending.kind);

describe('a translated stream', () => {
  it('holds its end back, and counts as the provider says', async () => {
    const ended = await exchange({ parts: [say('Salve'), finish] });
    expect(ended.ending).toMatchObject({ kind: 'stream' });
    expect(ended.seen).toMatchObject({ usage: { input_tokens: 9, output_tokens: 4 }, deltas: 1 });
    expect(ended.text).not.toContain('[DONE]');
    expect(ended.text).not.toContain('"finish_reason":"stop"');
    expect(String(ended.ending.kind === 'stream' && ended.ending.tail)).toContain('data: [DONE]');
  });

  it('ends when its model says nothing, stops, or goes on for ever', async () => {
    const drip = function* (): Generator<Part> {
      for (;;) yield { type: 'ping' };
    };
    const short = { maxCallMs: 120, firstByteMs: 60, idleMs: 60 };
    expect(codeOf(await exchange({ isEndless: true }, short))).toBe('provider_silent');
    const stalled = await exchange({ parts: [say('a')], isEndless: true }, short);
    expect(codeOf(stalled)).toBe('provider_stalled');
    expect(stalled.seen).toMatchObject({ textBytes: 1, deltas: 1 });
    expect(stalled.told).toMatchObject({ isCancelled: true, isAborted: true });
    expect(codeOf(await exchange({ parts: drip() }, { ...short, maxResponseBytes: 500 }))).toBe(
      'call_too_long',
    );
    expect(codeOf(await exchange({}, { ...short, stream: false }))).toBe('provider_silent');
    const whole = { ...short, firstByteMs: 0, stream: false };
    expect(codeOf(await exchange({}, whole))).toBe('call_too_long');
  });

  it('ends when it is larger than allowed, ends early, or breaks', async () => {
    const flood = function* (): Generator<Part> {
      for (;;) yield say('x'.repeat(1_000));
    };
    expect(codeOf(await exchange({ parts: flood() }, { maxResponseBytes: 50_000 }))).toBe(
      'provider_answer_too_large',
    );
    expect(codeOf(await exchange({ parts: [say('a')] }))).toBe('provider_cut');
    const cut: Part = { ...finish, finishReason: { unified: 'other', raw: undefined } };
    expect(codeOf(await exchange({ parts: [say('a'), cut] }))).toBe('provider_cut');
    expect(codeOf(await exchange({ error: new Error('what?') }))).toBe('provider_answer_invalid');
    const told: Part = { type: 'error', error: 'broken' };
    expect((await exchange({ parts: [say('a'), told] })).ending.kind).toBe('failure');
  });

  it('ends when access ends or the caller leaves, and lets its model go', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const parts = [say('a')];
    const ended = await exchange({ parts, isEndless: true }, { signal: controller.signal });
    expect([codeOf(ended), ended.told.isAborted]).toEqual(['access_ended', true]);
    const left = await exchange({ parts, isEndless: true }, {}, { onAnswer: (_incoming, leave) => leave() });
    expect([codeOf(left), left.told.isAborted]).toEqual(['gone', true]);
    const gone = AbortSignal.abort();
    const never = await exchange({ parts }, { signal: gone });
    expect([codeOf(never), never.told.pulled]).toEqual(['access_ended', 0]);
  });

  it('asks its model for no more than the caller takes', async () => {
    const flood = function* (): Generator<Part> {
      for (let i = 0; i < 20_000; i++) yield say('x'.repeat(4_096));
      yield finish;
    };
    const { model, told } = modelOf({ parts: flood() });
    let most = 0;
    const slow = { onAnswer: (incoming: IncomingMessage) => incoming.pause() };
    const limits = { model, maxCallMs: 400, idleMs: 100, maxResponseBytes: 200_000_000 };
    const timer = setInterval(() => {
      most = Math.max(most, told.pulled);
    }, 10);
    const ended = await exchange({}, limits, slow);
    clearInterval(timer);
    expect(codeOf(ended)).toBe('call_too_long'); // it is the caller who is slow, not the provider
    expect(most).toBeLessThan(5_000);
  });
});
