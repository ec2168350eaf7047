// The way of a search: what may be seen and is live → scores → the passages themselves, with the rights of whoever asks, read
// again and checked again. What was replaced, removed or taken from sight in between is not found; then it is searched anew.
import { searchProblem } from '@insula/contract/search';
import type { Actor } from '../../../platform/actor.ts';
import {
  decodeVector,
  type Picked,
  type ScoringResult,
  ShelfTooSmall,
} from '../../../platform/searching/index.ts';
import { listVisibleCollections, type VisibleRow } from '../collections/list-visible-collections.ts';
import { embedTexts } from '../embedding/embed-texts.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { readParts } from '../segments/store.ts';
import { listSearched, type Searched } from './list-searched.ts';
import { type DocumentChoice, type FoundRow, listFound } from './store.ts';

export type PassageSearch = {
  workspaceId: string;
  mode: 'vector' | 'hybrid' | 'text';
  question: string;
  textWeight: number;
  limit: number;
  collectionIds?: readonly string[] | undefined;
  choice: DocumentChoice;
  explain: boolean;
};
export type FoundPassage = Omit<FoundRow, 'vector'> & Omit<Picked, 'id' | 'segment' | 'vector_factor'>;
export type FoundPassages = Omit<ScoringResult, 'picked'> & {
  /** Best first. */
  found: FoundPassage[];
  collections: VisibleRow[];
};

const TRIES = 5;
/** Passages beyond those wanted whose exact score is looked at. */
const MARGIN = 12;
/** Bytes of segments that one transaction reads. */
const READ_BYTES = 16 * 1_048_576;

/** The best passages that the actor may see; throws `collection_not_found`, `search_too_large` and what embedding throws. */
export async function findPassages(
  deps: KnowledgeDeps,
  actor: Actor,
  search: PassageSearch,
): Promise<FoundPassages> {
  const vectors = new Map<string, Float32Array>();
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const seen = await listSearched(deps, actor, { scope: search, fresh: attempt > 1 });
    if (search.mode !== 'text') await embedQuestion(deps, { actor, search, seen, vectors });
    const scored = await score(deps, actor, { search, seen, vectors });
    if (!scored) continue;
    const last = attempt === TRIES;
    const rows = await readAgain(deps, { actor, search, picked: scored.picked, last });
    if (rows.length < scored.picked.length && !last) continue;
    const { picked, ...figures } = scored;
    const found = rescore({ picked, rows, vectors, seen }).slice(0, search.limit);
    return { ...figures, found, collections: seen.collections };
  }
  throw searchProblem('search_unsettled');
}

type Asked = { actor: Actor; search: PassageSearch };

/** One vector for each model that is needed; kept over further tries. */
async function embedQuestion(
  deps: KnowledgeDeps,
  { actor, search, seen, vectors }: Asked & { seen: Searched; vectors: Map<string, Float32Array> },
): Promise<void> {
  const searched = new Set(seen.segments.map((one) => one.collection_id));
  for (const { id, embedding_model: model } of seen.collections) {
    if (!searched.has(id) || vectors.has(model)) continue;
    const place = { actor, workspaceId: search.workspaceId, model, purpose: 'query' as const };
    const [vector] = await embedTexts(deps, place, [search.question]);
    vectors.set(model, vector!);
  }
}

async function score(
  deps: KnowledgeDeps,
  actor: Actor,
  {
    search,
    seen,
    vectors,
  }: { search: PassageSearch; seen: Searched; vectors: ReadonlyMap<string, Float32Array> },
): Promise<ScoringResult | undefined> {
  const { organization_id: organizationId } = actor;
  const modelOf = new Map(seen.collections.map((one) => [one.id, one.embedding_model]));
  const segments = seen.segments.map((one) => ({
    ...{ organizationId, collectionId: one.collection_id, id: one.id, bytes: one.bytes, dead: one.dead },
    allowed: one.allowed ?? undefined,
  }));
  const questions = [...vectors].map(([model, vector]) => ({
    vector,
    segments: segments.flatMap((one, i) => (modelOf.get(one.collectionId) === model ? [i] : [])),
  }));
  try {
    return await deps.scorer.score({
      organizationId,
      segments,
      ...(search.mode === 'vector' ? {} : { text: search.question }),
      ...(search.mode === 'text' ? {} : { questions }),
      textWeight: search.textWeight,
      // Scores of vectors are near enough to tell the best hundred from the rest, and not the tenth from the eleventh.
      limit: search.mode === 'text' ? search.limit : search.limit + MARGIN,
      explain: search.explain,
      read: (wanted, write) => readSegments(deps, actor, { wanted, write }),
    });
  } catch (error) {
    if (!(error instanceof ShelfTooSmall)) throw error;
    const toMegabytes = (bytes: number) => Math.ceil(bytes / 1_048_576);
    const { limit } = deps.scorer.memory();
    throw searchProblem('search_too_large', { needed: toMegabytes(error.bytes), limit: toMegabytes(limit) });
  }
}

type Reading = {
  wanted: readonly { id: string; bytes: number }[];
  write(id: string, bytes: Uint8Array): void;
};

/** Reads segments into memory, some megabytes a transaction, each under the asking actor. */
async function readSegments(deps: KnowledgeDeps, actor: Actor, { wanted, write }: Reading): Promise<void> {
  let some: string[] = [];
  let bytes = 0;
  for (const [i, one] of wanted.entries()) {
    some.push(one.id);
    bytes += one.bytes;
    if (bytes < READ_BYTES && i < wanted.length - 1) continue;
    const parts = await deps.db.as(actor, (tx) => readParts(tx, actor.organization_id, some));
    for (const part of parts) write(part.segment_id, part.bytes);
    some = [];
    bytes = 0;
  }
}

/** The passages as they are now, for those who may see them; the last time also those that were replaced a moment ago. */
async function readAgain(
  deps: KnowledgeDeps,
  { actor, search, picked, last }: Asked & { picked: readonly Picked[]; last: boolean },
): Promise<FoundRow[]> {
  if (picked.length === 0) return [];
  const ids = picked.map(({ id }) => uuidOf(id));
  return deps.db.as(actor, async (tx) => {
    const visible = await listVisibleCollections(tx, actor, search.workspaceId);
    const place = { organizationId: actor.organization_id, collectionIds: visible.map(({ id }) => id) };
    return listFound(tx, place, { ids, vectors: search.mode !== 'text', replaced: last });
  });
}

type Rescoring = {
  picked: readonly Picked[];
  rows: readonly FoundRow[];
  vectors: ReadonlyMap<string, Float32Array>;
  seen: Searched;
};

/** Passages with their scores, best first; cosines are taken anew from the vectors as they are kept. */
function rescore({ picked, rows, vectors, seen }: Rescoring): FoundPassage[] {
  const modelOf = new Map(seen.collections.map((one) => [one.id, one.embedding_model]));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const found = picked.flatMap(({ id, segment: _, vector_factor, ...scores }): FoundPassage[] => {
    const row = byId.get(uuidOf(id));
    if (!row) return [];
    const question = vectors.get(modelOf.get(row.collection_id) ?? '');
    const { vector, ...shown } = row;
    if (!vector || !question || scores.vector_score === null) return [{ ...shown, ...scores }];
    const exact = multiply(decodeVector(vector), question);
    const score = scores.score + vector_factor * (exact - scores.vector_score);
    return [{ ...shown, ...scores, score, vector_score: exact }];
  });
  return found.sort((one, other) => other.score - one.score);
}

function multiply(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i]! * other[i]!;
  return sum;
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
