// What the graph adds to a search: passages near the things that the question speaks of, and the facts that led there.
import type { Actor } from '../../../platform/actor.ts';
import { listVisibleCollections } from '../collections/list-visible-collections.ts';
import { type Fact, presentFact } from '../graph/present-fact.ts';
import { walkGraph } from '../graph-search/walk-graph.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { chooseCollections } from './choose-collections.ts';

export type Walk = {
  /** Scores of passages by their ids, from above 0 to 1; the best first. */
  passages: ReadonlyMap<string, number>;
  facts: Fact[];
};
export type WalkWish = {
  workspaceId: string;
  collectionIds?: readonly string[] | undefined;
  question: string;
  /** Facts that held then; now, if it is left out. */
  at?: string | undefined;
};

const PASSAGES_MAX = 100;

/** Walks what the actor may see from the workspace; throws `collection_not_found`. */
export async function walkQuestion(deps: KnowledgeDeps, actor: Actor, wish: WalkWish): Promise<Walk> {
  // Without the local model, names alone say what is meant.
  const [vector] = await deps.embeddings.embed([wish.question]).catch(() => []);
  return deps.db.as(actor, async (tx) => {
    const visible = await listVisibleCollections(tx, actor, wish.workspaceId);
    const collectionIds = chooseCollections(visible, wish.collectionIds).map(({ id }) => id);
    const sight = { organizationId: actor.organization_id, collectionIds };
    const at = wish.at === undefined ? undefined : new Date(wish.at);
    const walked = await walkGraph(tx, sight, { query: wish.question, vector, at });
    const best = walked.passages.slice(0, PASSAGES_MAX);
    const most = Math.max(1e-9, ...best.map(({ score }) => score));
    const passages = new Map(best.map(({ chunk_id, score }) => [chunk_id, score / most]));
    return { passages, facts: walked.facts.map(presentFact) };
  });
}
