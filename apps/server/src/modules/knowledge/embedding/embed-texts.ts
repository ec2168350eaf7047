// Texts → vectors of length one, by the model that a collection names: the one of this machine, or any that the workspace's
// gateway knows, with its rights, budgets and ledger.
import { embeddingProblem } from '@insula/contract/embedding';
import type { Actor } from '../../../platform/actor.ts';
import type { Embeddings } from '../../../platform/embeddings/index.ts';
import { embedCall, type Gateway } from '../../gateway/index.ts';

/** The model of this machine, which needs no key and costs nothing. */
export const LOCAL_MODEL = 'insula/minilm-l6-v2';
/** The most dimensions of a vector that are kept. */
export const DIMENSIONS_MAX = 4_096;
/** Texts of one call to a provider. */
const AT_ONCE = 64;

export type EmbeddingPlace = {
  actor: Actor;
  workspaceId: string;
  model: string;
  /** Some models embed a question otherwise than the texts it is asked of. */
  purpose: 'passage' | 'query';
  signal?: AbortSignal;
};
export type EmbedDeps = { embeddings: Pick<Embeddings, 'embed'>; gateway: Gateway };

/** One vector of length one for each text, in order; throws `embedding_failed` with what to do, or the signal's reason. */
export async function embedTexts(
  deps: EmbedDeps,
  at: EmbeddingPlace,
  texts: readonly string[],
): Promise<Float32Array[]> {
  if (texts.length === 0) return [];
  if (at.model === LOCAL_MODEL) return deps.embeddings.embed(texts, at.signal ? { signal: at.signal } : {});
  const vectors: Float32Array[] = [];
  for (let from = 0; from < texts.length; from += AT_ONCE)
    vectors.push(...(await embedThrough(deps.gateway, at, texts.slice(from, from + AT_ONCE))));
  return vectors.map((vector) => normalize(vector, at));
}

async function embedThrough(
  gateway: Gateway,
  at: EmbeddingPlace,
  texts: readonly string[],
): Promise<Float32Array[]> {
  const { actor, workspaceId, model, purpose, signal } = at;
  const origin = { purpose: `knowledge-${purpose}`, subject_id: null, run_id: null, step: null };
  const wish = { workspaceId, model, texts, purpose, origin, signal };
  const { vectors, failure } = await embedCall(gateway, actor, wish);
  if (failure) throw refuse(at, failure.message);
  if (!vectors) throw refuse(at, 'its provider did not answer with one vector for each text.');
  return vectors;
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
