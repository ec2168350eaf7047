// The workspace's knowledge as agents see it: what the asking person may see, no more.
import { actorMay } from '../../../platform/actor.ts';
import { type Knowledge, searchKnowledge } from '../../knowledge/index.ts';
import type { SearchKnowledge } from '../chat/chat-deps.ts';

/** Makes the search of agents; who may not search gets nothing. */
export function searchPassages(knowledge: Knowledge): SearchKnowledge {
  return async (actor, { workspaceId, query, mode, limit }) => {
    if (!actorMay(actor, 'knowledge:search', workspaceId)) return [];
    const { data } = await searchKnowledge(knowledge.deps, actor, {
      workspace_id: workspaceId,
      query,
      mode,
      limit,
      highlight: false,
    });
    return data.map((hit) => ({
      chunk_id: hit.id,
      document_id: hit.document.id,
      collection_id: hit.collection_id,
      title: hit.document.title,
      page: hit.page_start,
      source: hit.document.source,
      text: hit.text,
    }));
  };
}
