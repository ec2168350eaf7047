// A model with guards and cache around it, in the one order that is right: input guard, cache, model, output guard. So the
// cache sees masked questions and keeps answers without anybody's originals, and a policy holds for kept answers too.
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { guardrailProblem } from '@insula/contract/guardrails';
import type { Lookup } from './cache/create-answer-cache.ts';
import { gatherParts } from './cache/gather-parts.ts';
import { replayAnswer, replayResult } from './cache/replay-answer.ts';
import type { Guard } from './guardrails/create-guard.ts';
import type { Finding } from './guardrails/list-findings.ts';

/** A model that is called with decoded options; what it answers is metered by whoever made it. */
export type Model = {
  generate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult>;
  stream(options: LanguageModelV4CallOptions): Promise<ReadableStream<LanguageModelV4StreamPart>>;
};
export type Around = {
  guard?: Guard | undefined;
  lookUp?: ((options: LanguageModelV4CallOptions) => Promise<Lookup>) | undefined;
};
export type WrappedModel = Model & {
  /** What happened so far: for `hit` and `semantic` the model was not called and nothing is owed. */
  told(): { cache: Lookup['status']; findings: readonly Finding[] };
};

/** Wraps a model for one call; its methods throw `content_blocked` when the prompt may not be sent. */
export function wrapModel(model: Model, { guard, lookUp }: Around): WrappedModel {
  let cache: Lookup['status'];

  async function enter(given: LanguageModelV4CallOptions) {
    const options = guard ? await guardPrompt(guard, given) : given;
    const lookup = await lookUp?.(options);
    cache = lookup?.status;
    return { options, lookup };
  }

  return {
    told: () => ({ cache, findings: guard?.findings() ?? [] }),
    async generate(given) {
      const { options, lookup } = await enter(given);
      const result = lookup?.answer ? replayResult(lookup.answer) : await model.generate(options);
      void lookup?.keep(result);
      return guard ? (await guard.guardResult(result)).result : result;
    },
    async stream(given) {
      const { options, lookup } = await enter(given);
      const parts = lookup?.answer ? replayAnswer(lookup.answer) : await model.stream(options);
      const kept =
        lookup?.status === 'miss' ? gatherParts(parts, (result) => void lookup.keep(result)) : parts;
      return guard ? guard.guardParts(kept) : kept;
    },
  };
}

async function guardPrompt(
  guard: Guard,
  given: LanguageModelV4CallOptions,
): Promise<LanguageModelV4CallOptions> {
  const { verdict, options, findings } = await guard.guardInput(given);
  if (verdict !== 'block') return options;
  const blocking = findings.filter(({ action }) => action === 'block').map(({ kind }) => kind);
  const kinds = [...new Set(blocking)].join(', ').replaceAll('_', ' ');
  throw guardrailProblem('content_blocked', { phase: 'input', kinds });
}
