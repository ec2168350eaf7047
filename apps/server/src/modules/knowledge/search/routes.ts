// Endpoint → verb, for searches.
import type { search } from '@insula/contract/search';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import { findWorkspace } from '../documents/find-workspace.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { searchKnowledge } from './search-knowledge.ts';

/** The endpoints of searches. */
export function searchRoutes(deps: KnowledgeDeps): RoutesOf<{ search: typeof search }> {
  return {
    search: {
      search: (call, input) => searchKnowledge(deps, call.actor, input),
      rag: async (call, { workspace_id, ...input }) => {
        const workspaceId = await findWorkspace(deps, call.actor, workspace_id);
        return searchKnowledge(deps, call.actor, { ...input, workspace_id: workspaceId });
      },
    },
  };
}
