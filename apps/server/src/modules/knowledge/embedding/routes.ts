// Endpoint → verb, for the embedding model of a collection.
import type { embedding } from '@insula/contract/embedding';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { cancelEmbedding, changeEmbedding, getEmbedding } from './change-embedding.ts';

/** The endpoints of the embedding model. */
export function embeddingRoutes(deps: KnowledgeDeps): RoutesOf<{ embedding: typeof embedding }> {
  return {
    embedding: {
      get: (call, input) => getEmbedding(deps, call.actor, input),
      change: (call, input) => changeEmbedding(deps, call.actor, input),
      cancel: (call, input) => cancelEmbedding(deps, call.actor, input),
    },
  };
}
