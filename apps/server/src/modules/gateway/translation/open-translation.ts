// A call to a provider that speaks another protocol than its caller: understood, fitted, and ready to be made.
import type { EmbeddingModelV4, LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { BUILT_IN } from '../built-in/find-built-in.ts';
import { decoders } from '../decoding/index.ts';
import { encoders } from '../encoding/index.ts';
import { failureOfModel } from '../models/failure-of-model.ts';
import type { Call, RelayLimits, Way } from '../relay/create-relay.ts';
import { failureOf } from '../relay/failure-of.ts';
import { worstOf } from '../relay/prepare-request.ts';
import { type Ask, AskError } from '../relay/read-ask.ts';
import type { Wire } from '../wires/index.ts';
import { countPrompt } from './count-prompt.ts';
import { exchangeParts } from './exchange-parts.ts';
import { fitOptions } from './fit-options.ts';
import { openEmbedding } from './open-embedding.ts';
import { boundsOf } from './supervise-call.ts';

export type TranslationDeps = {
  /** Opens a model of the AI SDK for a target, with the target's credential; throws what failureOfModel understands. */
  openModel(target: Call['target'], streams: boolean): Promise<LanguageModelV4>;
  openEmbeddingModel(target: Call['target']): Promise<EmbeddingModelV4>;
  limits: RelayLimits;
};

/** Prepares the call; throws AskError when something in it cannot be carried. */
export async function openTranslation(
  deps: TranslationDeps,
  call: Call,
  { ask, wire }: { ask: Ask; wire: Wire },
): Promise<Way> {
  const { target, surface } = call;
  if (surface === 'embeddings') return openEmbedding(deps, call, ask);
  const [decode, encoder] = [decoders[surface], encoders[surface]];
  if (!decode) throw untranslatable(wire, target.provider);
  const json = call.defaults ? { ...call.defaults, ...ask.json } : ask.json;
  const options = sayAlike(decode(json), target);
  if (!encoder) return countPrompt(options);
  const opened = await openModel(deps, call, ask.stream);
  const model = call.wrapModel?.(opened) ?? opened;
  await fitOptions(options, model, target.dialect ?? 'openai');
  const heading = {
    id: call.id.replaceAll('-', ''),
    model: target.upstream_model,
    createdAtMs: Date.now(),
    asked: ask.json,
  };
  const { id, signal } = call;
  const bodyBytes = ask.bytes.length;
  const request = {
    model,
    connection: target.connection,
    options,
    encoder,
    heading,
    id,
    stream: ask.stream,
    bodyBytes,
    signal,
    ...boundsOf(deps.limits, call, ask.stream),
  };
  return {
    worst: worstOf(bodyBytes, json, wire.limits),
    bodyBytes,
    exchange: (response) => exchangeParts(request, response),
  };
}

/** Providers that are like OpenAI read their own options under their own name. */
function sayAlike(options: LanguageModelV4CallOptions, { provider, dialect }: Call['target']) {
  const isInTurn = options.providerOptions?.openai?.parallelToolCalls === false;
  if (!isInTurn || (dialect ?? 'openai') !== 'openai') return options;
  const own = { [provider]: { parallel_tool_calls: false }, ...options.providerOptions };
  return { ...options, providerOptions: own };
}

async function openModel(
  deps: TranslationDeps,
  { target, openBuiltIn }: Call,
  streams: boolean,
): Promise<LanguageModelV4> {
  if (target.provider === BUILT_IN && openBuiltIn) return openBuiltIn();
  try {
    return await deps.openModel(target, streams);
  } catch (error) {
    throw new AskError(failureOfModel(error, target.connection));
  }
}

function untranslatable({ path }: Wire, provider: string): AskError {
  const message = `Models of the provider "${provider}" cannot be called at ${path}. Use another address, or another model.`;
  return new AskError(failureOf('not_translatable', { message }));
}
