// Embeds any number of texts with a model that takes some at a time: in pieces, a few of them at once, in order. What the
// provider reported is summed up also when a later piece fails.
import type { EmbeddingModelV4, SharedV4ProviderOptions } from '@ai-sdk/provider';
import type { Dialect } from '../providers/provider-list.ts';
import type { EmbeddingAsk, InputType } from './read-embedding-ask.ts';

/** What has been embedded so far; `tokens` is undefined once a piece came without a count. */
export type Embedded = { vectors: (number[] | undefined)[]; tokens: number | undefined; pieces: number };

const AT_ONCE_MAX = 8;

/** Embeds the texts of an ask into `embedded`, until done; throws what the model throws, or the signal's reason. */
export async function embedTexts(
  model: EmbeddingModelV4,
  ask: EmbeddingAsk,
  way: { dialect: Dialect; signal: AbortSignal; embedded: Embedded },
): Promise<void> {
  const { signal, embedded } = way;
  const size = Math.max(1, (await model.maxEmbeddingsPerCall) ?? ask.texts.length);
  const starts = Array.from({ length: Math.ceil(ask.texts.length / size) }, (_, i) => i * size);
  const providerOptions = optionsOf(way.dialect, model.modelId, ask);
  async function work(): Promise<void> {
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
      signal.throwIfAborted();
      const values = ask.texts.slice(start, start + size);
      const { embeddings, usage } = await model.doEmbed({
        values,
        abortSignal: signal,
        ...(ask.dimensions ? { dimensions: ask.dimensions } : {}),
        ...(providerOptions ? { providerOptions } : {}),
      });
      if (embeddings.length !== values.length) throw new Error('The provider left texts out.');
      embeddings.forEach((vector, i) => {
        embedded.vectors[start! + i] = vector;
      });
      embedded.pieces++;
      const counted = Number.isInteger(usage?.tokens) ? usage!.tokens : undefined;
      embedded.tokens =
        counted === undefined || embedded.tokens === undefined ? undefined : embedded.tokens + counted;
    }
  }
  const workers = Math.min((await model.supportsParallelCalls) ? AT_ONCE_MAX : 1, starts.length);
  await Promise.all(Array.from({ length: workers }, work));
}

const googleTasks: Record<InputType, string> = {
  search_document: 'RETRIEVAL_DOCUMENT',
  search_query: 'RETRIEVAL_QUERY',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
};

/** What the SDK takes only as the provider's own options. */
function optionsOf(dialect: Dialect, model: string, ask: EmbeddingAsk): SharedV4ProviderOptions | undefined {
  const { dimensions, inputType } = ask;
  const sized = (name: string): Record<string, number> => (dimensions ? { [name]: dimensions } : {});
  if (dialect === 'google') return { google: { taskType: googleTasks[inputType] } };
  if (dialect === 'cohere') return { cohere: { inputType, ...sized('outputDimension') } };
  if (dialect !== 'bedrock') return undefined;
  if (model.includes('cohere.embed-')) return { amazonBedrock: { inputType, ...sized('outputDimension') } };
  return { amazonBedrock: sized(model.includes('amazon.nova-') ? 'embeddingDimension' : 'dimensions') };
}
