// The verb behind every search: what is asked is completed and bounded, passages are found, and each is presented with where
// it comes from and why it is there.
import type { searchAnswer, searchAsk, searchHit } from '@insula/contract/search';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { rewriteQuestion } from '../questions/rewrite-question.ts';
import { explainNothing } from './explain-nothing.ts';
import { type FoundPassage, type FoundPassages, findPassages, type PassageSearch } from './find-passages.ts';
import { groupByDocument } from './group-by-document.ts';
import { presentHits } from './present-hits.ts';
import { type Walk, walkQuestion } from './walk-question.ts';

/** What is asked; only the workspace and the question are needed. */
export type SearchInput = z.input<typeof searchAsk>;
export type SearchAnswer = z.infer<typeof searchAnswer>;
export type Hit = z.infer<typeof searchHit>;

/** When passages are grouped, more have to be found than documents are wanted. */
const GROUPED_TIMES = 6;
const GROUPED_MAX = 3_000;
const NO_WALK: Walk = { passages: new Map(), facts: [] };

/** Searches what the actor may see from the workspace; throws `workspace_not_found`, `collection_not_found`, `search_too_large`. */
export async function searchKnowledge(
  deps: KnowledgeDeps,
  actor: Actor,
  input: SearchInput,
): Promise<SearchAnswer> {
  const { rag } = await deps.tenancy.getConfiguration(actor.organization_id);
  const limit = input.limit ?? input.top_k ?? rag.top_k;
  const mode = input.mode ?? rag.search_mode;
  const place = { workspaceId: input.workspace_id, collectionIds: input.collection_ids };
  const { query, history, rewrite_model: model } = input;
  const question = history
    ? await rewriteQuestion(deps, actor, { ...place, question: query, history, model })
    : query;
  const walk =
    mode === 'graph' ? await walkQuestion(deps, actor, { ...place, question, at: input.at }) : NO_WALK;
  const search: PassageSearch = {
    ...place,
    mode: mode === 'graph' ? 'hybrid' : mode,
    walked: mode === 'graph' ? walk.passages : undefined,
    question,
    textWeight: input.text_weight ?? rag.text_weight,
    limit: input.group_by ? Math.min(GROUPED_MAX, limit * GROUPED_TIMES) : limit,
    choice: { filter: input.filter, documentIds: input.document_ids },
    explain: input.explain ?? false,
  };
  const { result, chosen } = await choose(deps, actor, { search, input, limit });
  const data = await presentHits(deps, actor, { input, result, chosen });
  const reason =
    data.length > 0 ? null : await explainNothing(deps, actor, { search, result, minScore: input.min_score });
  return {
    data,
    mode,
    text_weight: search.textWeight,
    query_used: question,
    searched: {
      collections: result.collections.map(({ id, name }) => ({ id, name })),
      passages: result.passages,
    },
    words: result.words.map(({ word, passages }) => ({ word, passages })),
    facts: walk.facts,
    reason,
  };
}

export type Chosen = FoundPassage & { more_passages?: number };

/** Finds passages until there are as many as were asked for or there are no more. */
async function choose(
  deps: KnowledgeDeps,
  actor: Actor,
  { search, input, limit }: { search: PassageSearch; input: SearchInput; limit: number },
): Promise<{ result: FoundPassages; chosen: Chosen[] }> {
  const isGoodEnough = ({ score }: FoundPassage) => score >= (input.min_score ?? Number.NEGATIVE_INFINITY);
  for (let wanted = search.limit; ; wanted *= 4) {
    const result = await findPassages(deps, actor, { ...search, limit: wanted });
    const good = result.found.filter(isGoodEnough);
    if (!input.group_by) return { result, chosen: good };
    const chosen = groupByDocument(good);
    const isAll = result.found.length < wanted || good.length < result.found.length || wanted >= GROUPED_MAX;
    if (chosen.length >= limit || isAll) return { result, chosen: chosen.slice(0, limit) };
  }
}
