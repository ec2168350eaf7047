// What a workspace has put between its calls and the models: guardrails and the answer cache. A call of a workspace that has
// neither pays one look.

import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { Grounds } from '../admission/require-right.ts';
import { BUILT_IN } from '../built-in/find-built-in.ts';
import type { CacheDirective } from '../cache/create-answer-cache.ts';
import type { Finding } from '../guardrails/list-findings.ts';
import type { Gateway } from '../index.ts';
import type { Answering, Call, Target } from '../relay/index.ts';
import { type WrappedModel, wrapModel } from '../wrap-model.ts';

/** For the model of a target: what is put around it, and what is told of it afterwards. */
export type Around = (target: Target) => Pick<Call, 'wrapModel' | 'answeredBy'>;
export type Wrapping = {
  around: Around;
  /** What guardrails found in the last attempt: kinds and places, never the text. */
  findings(): readonly Finding[];
};
export type Wrappable = {
  grounds: Grounds;
  call: Pick<Call, 'caller' | 'surface' | 'signal'>;
  directive: CacheDirective;
  response: Answering;
};

/** Surfaces whose answers can be kept: those that are understood as messages. */
const CACHED = new Set(['chat.completions', 'responses', 'messages']);
/** Surfaces of text, understood or not: with guardrails, one that is not understood is refused. Embeddings and counts of tokens answer no words. */
const GUARDED = new Set([...CACHED, 'completions']);

/** What stands around the call; undefined where nothing does. */
export function wrapCall(gateway: Gateway, wrappable: Wrappable): Wrapping | undefined {
  const { grounds, call } = wrappable;
  if (!(grounds.guards || grounds.cache)) return undefined;
  if (!(grounds.guards ? GUARDED : CACHED).has(call.surface)) return undefined;
  let last: WrappedModel | undefined;
  return {
    around: (target) => ({
      wrapModel(model) {
        const wrapped = wrapModel(partsOf(model), partsAround(gateway, wrappable, target));
        last = wrapped;
        return asModel(model, wrapped, wrappable.response);
      },
      answeredBy() {
        const status = last?.told().cache;
        return status === 'hit' ? 'exact' : status === 'semantic' ? 'semantic' : null;
      },
    }),
    findings: () => last?.told().findings ?? [],
  };
}

function partsAround({ guardrails, answerCache }: Gateway, wrappable: Wrappable, target: Target) {
  const { grounds, call, directive } = wrappable;
  const { guards, cache } = grounds;
  const { signal } = call;
  const { organization_id: organizationId, workspace_id: workspaceId } = call.caller;
  const model = `${target.provider}/${target.upstream_model}`;
  // What the built-in model quotes depends on who asks: another one must not be given it.
  const kept = target.provider === BUILT_IN ? undefined : cache;
  return {
    guard: guards && guardrails.open(guards, { organizationId, workspaceId: workspaceId!, signal }),
    lookUp:
      kept &&
      ((options: Parameters<LanguageModelV4['doGenerate']>[0]) =>
        answerCache.findAnswer(kept, {
          question: { surface: call.surface, model, options },
          directive,
          signal,
        })),
  };
}

const partsOf = (model: LanguageModelV4) => ({
  generate: (options: Parameters<LanguageModelV4['doGenerate']>[0]) =>
    Promise.resolve(model.doGenerate(options)),
  stream: async (options: Parameters<LanguageModelV4['doStream']>[0]) =>
    (await model.doStream(options)).stream,
});

/** The wrapped model as the translation calls it; before the first word the answer's head says what the cache did. */
function asModel(model: LanguageModelV4, wrapped: WrappedModel, response: Answering): LanguageModelV4 {
  const tell = () => {
    const { cache } = wrapped.told();
    if (cache && !response.headersSent) response.setHeader('x-insula-cache', cache);
  };
  return {
    specificationVersion: 'v4',
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    async doGenerate(options) {
      const result = await wrapped.generate(options);
      tell();
      return result;
    },
    async doStream(options) {
      const stream = await wrapped.stream(options);
      tell();
      return { stream };
    },
  };
}
