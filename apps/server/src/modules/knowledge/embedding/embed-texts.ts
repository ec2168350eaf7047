// Texts → vectors of length one, by the model that a collection names: the one of this machine, or any that the workspace's
// gateway knows, with its rights, budgets and ledger.
import { embeddingProblem } from '@insula/contract/embedding';
import type { Actor } from '../../../platform/actor.ts';
import type { Embeddings } from '../../../platform/embeddings/index.ts';

/** The model of this machine, which needs no key and costs nothing. */
export const LOCAL_MODEL = 'insula/minilm-l6-v2';
/** The most dimensions of a vector that are kept. */
export const DIMENSIONS_MAX = 4_096;

export type EmbeddingPlace = {
  actor: Actor;
  workspaceId: string;
  model: string;
  /** Some models embed a question otherwise than the texts it is asked of. */
  purpose: 'passage' | 'query';
  signal?: AbortSignal;
};
export type EmbedThrough = (at: EmbeddingPlace, texts: readonly string[]) => Promise<Float32Array[]>;
export type EmbedDeps = {
  embeddings: Pick<Embeddings, 'embed'>;
  embedThroughGateway: EmbedThrough;
};

/** One vector of length one for each text, in order; throws `embedding_failed` with what to do, or the signal's reason. */
export async function embedTexts(
  deps: EmbedDeps,
  at: EmbeddingPlace,
  texts: readonly string[],
): Promise<Float32Array[]> {
  if (texts.length === 0) return [];
  if (at.model === LOCAL_MODEL) return deps.embeddings.embed(texts, at.signal ? { signal: at.signal } : {});
  const vectors = await deps.embedThroughGateway(at, texts);
  if (vectors.length !== texts.length) throw refuse(at, 'its provider left texts out.');
  return vectors.map((vector) => normalize(vector, at));
}

/** The same direction at length one. */
function normalize(vector: Float32Array, at: EmbeddingPlace): Float32Array {
  if (vector.length === 0 || vector.length > DIMENSIONS_MAX)
    throw refuse(at, `its vectors have ${vector.length} dimensions, and at most ${DIMENSIONS_MAX} are kept.`);
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  if (!Number.isFinite(length) || length === 0) throw refuse(at, 'a vector of it has no direction.');
  return vector.map((value) => value / length);
}

const refuse = ({ model }: EmbeddingPlace, reason: string) =>
  embeddingProblem('embedding_failed', { model, reason });
