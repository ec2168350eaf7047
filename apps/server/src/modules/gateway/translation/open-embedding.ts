// Embeddings of a provider whose protocol is not OpenAI's: the body is understood, the texts are embedded through the
// provider's own protocol, and the answer is written as OpenAI would. Like every exchange it sends nothing by itself.

import type { EmbeddingModelV4 } from '@ai-sdk/provider';
import { failureOfModel } from '../models/failure-of-model.ts';
import type { Call, RelayLimits, Way } from '../relay/create-relay.ts';
import type { Ending, Exchanged } from '../relay/exchange-bytes.ts';
import { failureOf } from '../relay/failure-of.ts';
import { worstOf } from '../relay/prepare-request.ts';
import { type Ask, AskError } from '../relay/read-ask.ts';
import type { Answering } from '../relay/write-answer.ts';
import { type Seen, seeNothing, tokensOfBytes } from '../usage/index.ts';
import { type Embedded, embedTexts } from './embed-texts.ts';
import { type EmbeddingAsk, readEmbeddingAsk } from './read-embedding-ask.ts';
import { boundsOf, Stopped, superviseCall } from './supervise-call.ts';

type Deps = {
  openEmbeddingModel(target: Call['target']): Promise<EmbeddingModelV4>;
  limits: RelayLimits;
};
type Request = { call: Call; ask: Ask; model: EmbeddingModelV4; wanted: EmbeddingAsk; limits: RelayLimits };

/** Prepares the call; throws AskError when something in it cannot be carried. */
export async function openEmbedding(deps: Deps, call: Call, ask: Ask): Promise<Way> {
  const wanted = { ...readEmbeddingAsk(ask.json), ...(ask.inputType ? { inputType: ask.inputType } : {}) };
  const request = { call, ask, model: await openModel(deps, call), wanted, limits: deps.limits };
  const bodyBytes = ask.bytes.length;
  return {
    worst: worstOf(bodyBytes, ask.json, []),
    bodyBytes,
    exchange: (response) => exchangeEmbedding(request, response),
  };
}

async function openModel(deps: Deps, { target }: Call): Promise<EmbeddingModelV4> {
  try {
    return await deps.openEmbeddingModel(target);
  } catch (error) {
    throw new AskError(failureOfModel(error, target.connection));
  }
}

async function exchangeEmbedding(request: Request, response: Answering): Promise<Exchanged> {
  const startedAt = performance.now();
  const { call, limits } = request;
  const watch = superviseCall({ ...boundsOf(limits, call, false), signal: call.signal }, response);
  const embedded: Embedded = { vectors: [], tokens: 0, pieces: 0 };
  let ending: Ending;
  try {
    await watch.until(() =>
      embedTexts(request.model, request.wanted, wayOf(request, watch.signal, embedded)),
    );
    ending = encodeEnding(request, embedded);
  } catch (error) {
    ending = error instanceof Stopped ? error.ending : failureEnding(request, error);
  }
  watch.end();
  const firstByteMs = embedded.pieces > 0 ? Math.round(performance.now() - startedAt) : undefined;
  return { ending, firstByteMs, seen: seenOf(embedded) };
}

function wayOf({ call }: Request, signal: AbortSignal, embedded: Embedded) {
  return { dialect: call.target.dialect ?? 'openai', signal, embedded };
}

/** Bytes that a number takes at most in the answer: as text, and as base64. */
const NUMBER_BYTES = { float: 24, base64: 6 };

/** OpenAI's list of embeddings; what the provider did not count is counted from the body, as it will be billed. */
function encodeEnding({ ask, wanted, limits }: Request, embedded: Embedded): Ending {
  const vectors = embedded.vectors as number[][];
  const numbers = vectors.reduce((sum, vector) => sum + vector.length, 0);
  if (numbers * NUMBER_BYTES[wanted.encoding] > limits.maxResponseBytes)
    return { kind: 'failure', failure: failureOf('provider_answer_too_large') };
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: wanted.encoding === 'base64' ? base64Of(vector) : vector,
  }));
  const tokens = embedded.tokens ?? tokensOfBytes(ask.bytes.length);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  const body = Buffer.from(JSON.stringify({ object: 'list', data, model: ask.model, usage }));
  return { kind: 'whole', status: 200, headers: {}, body };
}

/** 32-bit numbers, the least byte first. */
function base64Of(vector: number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  vector.forEach((value, i) => void bytes.writeFloatLE(value, i * 4));
  return bytes.toString('base64');
}

/** What was embedded before an end is used, and billed. */
function seenOf({ tokens, pieces }: Embedded): Seen {
  const seen = seeNothing();
  if (pieces > 0 && tokens !== undefined)
    seen.usage = { input_tokens: tokens, cached_input_tokens: 0, output_tokens: 0, reasoning_tokens: 0 };
  return seen;
}

function failureEnding({ call }: Request, error: unknown): Ending {
  const failure = failureOfModel(error, call.target.connection);
  return error instanceof Error ? { kind: 'failure', failure, cause: error } : { kind: 'failure', failure };
}
