// Endpoint → verb, for sharing collections between workspaces.
import type { collectionShares } from '@insula/contract/collection-access';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { listShares, shareCollection, unshareCollection } from './share-collection.ts';

/** The endpoints of shares. */
export function shareRoutes(deps: KnowledgeDeps): RoutesOf<{ collectionShares: typeof collectionShares }> {
  return {
    collectionShares: {
      list: (call, input) => listShares(deps, call.actor, input),
      create: (call, input) => shareCollection(deps, call.actor, input),
      remove: (call, input) => unshareCollection(deps, call.actor, input),
    },
  };
}
