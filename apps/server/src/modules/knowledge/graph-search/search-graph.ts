// Searching along the graph by itself: passages near what the question speaks of, and the facts that led there.

import type { Actor } from '../../../platform/actor.ts';
import { listVisibleCollections } from '../collections/list-visible-collections.ts';
import { type Fact, presentFact } from '../graph/present-fact.ts';
import { findPassages, type PassageRow } from '../graph/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { walkGraph } from './walk-graph.ts';

export type GraphWish = {
  workspace_id: string;
  query: string;
  collection_ids?: string[] | undefined;
  at?: string | undefined;
  limit: number;
};

type Found = {
  data: (PassageRow & { score: number })[];
  facts: Fact[];
  entities: {
    id: string;
    name: string;
    type: string;
    method: 'local' | 'model';
    mention_count: number;
    score: number;
  }[];
};

/** Searches what the actor may see from the workspace; throws `workspace_not_found`. Scores lie between 0 and 1. */
export async function searchGraph(
  deps: Pick<KnowledgeDeps, 'db' | 'tenancy' | 'embeddings'>,
  actor: Actor,
  wish: GraphWish,
): Promise<Found> {
  // Without the model, names alone decide.
  const [vector] = await deps.embeddings.embed([wish.query]).catch(() => []);
  return deps.db.as(actor, async (tx) => {
    const { organization_id: organizationId } = actor;
    await deps.tenancy.requireWorkspace(tx, { organizationId, workspaceId: wish.workspace_id });
    const visible = await listVisibleCollections(tx, actor, wish.workspace_id);
    const ids = visible.map((one) => one.id).filter((one) => wish.collection_ids?.includes(one) ?? true);
    const sight = { organizationId, collectionIds: ids };
    const at = wish.at === undefined ? undefined : new Date(wish.at);
    const walked = await walkGraph(tx, sight, { query: wish.query, vector, at });
    const best = walked.passages.slice(0, wish.limit);
    const passages = await findPassages(
      tx,
      sight,
      best.map((one) => one.chunk_id),
    );
    const byId = new Map(passages.map((passage) => [passage.chunk_id, passage]));
    return {
      data: best.flatMap(({ chunk_id, score }) => {
        const passage = byId.get(chunk_id);
        return passage ? [{ ...passage, score }] : [];
      }),
      facts: walked.facts.map(presentFact),
      entities: walked.seeds.map(({ key: _key, ...seed }) => seed),
    };
  });
}
