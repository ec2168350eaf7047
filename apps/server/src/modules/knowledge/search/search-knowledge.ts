// The verb behind every search: what is asked is completed and bounded, passages are found, and each is presented with where
// it comes from and why it is there.
import type { searchAnswer, searchAsk, searchHit } from '@insula/contract/search';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { Fact } from '../graph/present-fact.ts';
import { GRAPH_POOL, rankByGraph } from '../graph-search/rank-by-graph.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { completeQuestion } from './complete-question.ts';
import { explainNothing } from './explain-nothing.ts';
import { type FoundPassage, type FoundPassages, findPassages, type PassageSearch } from './find-passages.ts';
import { groupByDocument } from './group-by-document.ts';
import { presentHits } from './present-hits.ts';

/** What is asked; only the workspace and the question are needed. */
export type SearchInput = z.input<typeof searchAsk>;
export type SearchAnswer = z.infer<typeof searchAnswer>;
export type Hit = z.infer<typeof searchHit>;

/** When passages are grouped, more have to be found than documents are wanted. */
const GROUPED_TIMES = 6;
const GROUPED_MAX = 3_000;

/** Searches what the actor may see from the workspace; throws `workspace_not_found`, `collection_not_found`, `search_too_large`. */
export async function searchKnowledge(
  deps: KnowledgeDeps,
  actor: Actor,
  input: SearchInput,
): Promise<SearchAnswer> {
  const { rag } = await deps.tenancy.getConfiguration(actor.organization_id);
  const limit = input.limit ?? input.top_k ?? rag.top_k;
  const question = input.history ? completeQuestion(input.query, input.history) : input.query;
  const mode = input.mode ?? rag.search_mode;
  const search: PassageSearch = {
    workspaceId: input.workspace_id,
    mode: mode === 'graph' ? 'hybrid' : mode,
    question,
    textWeight: input.text_weight ?? rag.text_weight,
    limit: input.group_by ? Math.min(GROUPED_MAX, limit * GROUPED_TIMES) : limit,
    collectionIds: input.collection_ids,
    choice: { filter: input.filter, documentIds: input.document_ids },
    explain: input.explain ?? false,
  };
  const { result, chosen, facts } = await choose(deps, actor, {
    search,
    input,
    limit,
    isGraph: mode === 'graph',
  });
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
    facts,
    reason,
  };
}

export type Chosen = FoundPassage & { more_passages?: number };

type Choosing = { search: PassageSearch; input: SearchInput; limit: number; isGraph: boolean };
type Choice = { result: FoundPassages; chosen: Chosen[]; facts: SearchAnswer['facts'] };

/** Finds passages until there are as many as were asked for or there are no more. */
async function choose(deps: KnowledgeDeps, actor: Actor, choosing: Choosing): Promise<Choice> {
  const { search, input, limit, isGraph } = choosing;
  const isGoodEnough = ({ score }: FoundPassage) => score >= (input.min_score ?? Number.NEGATIVE_INFINITY);
  for (let wanted = isGraph ? Math.max(GRAPH_POOL, search.limit) : search.limit; ; wanted *= 4) {
    const result = await findPassages(deps, actor, { ...search, limit: wanted });
    const { found, facts } = isGraph
      ? await orderByGraph(deps, actor, { result, choosing })
      : { ...result, facts: [] };
    const good = found.filter(isGoodEnough);
    if (!input.group_by) return { result, chosen: good.slice(0, limit), facts };
    const chosen = groupByDocument(good);
    const isAll = result.found.length < wanted || good.length < result.found.length || wanted >= GROUPED_MAX;
    if (chosen.length >= limit || isAll) return { result, chosen: chosen.slice(0, limit), facts };
  }
}

async function orderByGraph(
  deps: KnowledgeDeps,
  actor: Actor,
  { result, choosing: { search, input } }: { result: FoundPassages; choosing: Choosing },
): Promise<{ found: FoundPassage[]; facts: SearchAnswer['facts'] }> {
  const { found, facts } = await rankByGraph(deps, actor, {
    found: result.found,
    collectionIds: result.collections.map(({ id }) => id),
    question: search.question,
    at: input.at,
  });
  return { found, facts: facts.flatMap(presentSearched) };
}

/** What is only mentioned together is no fact. */
function presentSearched({
  id,
  subject,
  predicate,
  object,
  statement,
  ...rest
}: Fact): SearchAnswer['facts'] {
  const { valid_from, valid_to, chunk_ids } = rest;
  return id === null ? [] : [{ id, subject, predicate, object, statement, valid_from, valid_to, chunk_ids }];
}
