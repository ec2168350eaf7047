// Endpoint → verb, for the graph that a workspace sees.
import type { graph } from '@insula/contract/graph';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import { searchGraph } from '../graph-search/search-graph.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { changeEntity, mergeEntities, removeEntity } from './change-entity.ts';
import { getNeighbourhood } from './get-neighbourhood.ts';
import { listDuplicates } from './list-duplicates.ts';
import { exportGraph, getEntity, listEntities } from './list-entities.ts';

/** The endpoints of the graph. */
export function graphRoutes(deps: KnowledgeDeps): RoutesOf<{ graph: typeof graph }> {
  return {
    graph: {
      list: (call, input) => listEntities(deps, call.actor, input),
      get: (call, input) => getEntity(deps, call.actor, input),
      change: (call, input) => changeEntity(deps, call.actor, input),
      merge: (call, input) => mergeEntities(deps, call.actor, input),
      remove: (call, input) => removeEntity(deps, call.actor, input),
      duplicates: (call, input) => listDuplicates(deps, call.actor, input),
      neighbourhood: (call, input) => getNeighbourhood(deps, call.actor, input),
      search: (call, input) => searchGraph(deps, call.actor, input),
      export: (call, input) => exportGraph(deps, call.actor, input),
    },
  };
}
