// Endpoint → verb, for collections.
import type { collections } from '@insula/contract/collections';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { changeCollection } from './change-collection.ts';
import { createCollection } from './create-collection.ts';
import { getCollection, listCollections } from './list-collections.ts';
import { removeCollection } from './remove-collection.ts';

/** The endpoints of collections. */
export function collectionRoutes(deps: KnowledgeDeps): RoutesOf<{ collections: typeof collections }> {
  return {
    collections: {
      list: (call, input) => listCollections(deps, call.actor, input),
      create: (call, input) => createCollection(deps, call.actor, input),
      get: (call, input) => getCollection(deps, call.actor, input),
      change: (call, input) => changeCollection(deps, call.actor, input),
      remove: (call, input) => removeCollection(deps, call.actor, input),
    },
  };
}
