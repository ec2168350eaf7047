// Passages as the contract shows them, with marks, neighbours and reasons where these are asked for.
import type { Actor } from '../../../platform/actor.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { createMarker } from '../questions/create-marker.ts';
import type { FoundPassages } from './find-passages.ts';
import type { Chosen, Hit, SearchInput } from './search-knowledge.ts';
import { listNeighbours, type NeighbourRow } from './store.ts';

type Presented = { input: SearchInput; result: FoundPassages; chosen: readonly Chosen[] };

/** The hits, in the order given. */
export async function presentHits(
  deps: KnowledgeDeps,
  actor: Actor,
  { input, result, chosen }: Presented,
): Promise<Hit[]> {
  const forms = new Set(result.words.flatMap((word) => word.forms));
  const { neighbours: reach = 0, highlight = true } = input;
  const mark = createMarker({ forms, languages: result.languages });
  const around = await readAround(deps, actor, { chosen, reach });
  return chosen.map((one) => ({
    id: one.id,
    score: one.score,
    text: one.text,
    kind: one.kind,
    seq: one.seq,
    heading_path: one.heading_path,
    page_start: one.page_start,
    page_end: one.page_end,
    start_offset: one.start_offset,
    end_offset: one.end_offset,
    collection_id: one.collection_id,
    document: {
      id: one.document_id,
      title: one.title,
      source: one.source,
      version: one.version,
      external_id: one.external_id,
      metadata: one.metadata,
      created_at: one.created_at.toISOString(),
    },
    highlights: highlight ? mark(one.text) : [],
    before: around(one, -reach, -1),
    after: around(one, 1, reach),
    ...(one.more_passages === undefined ? {} : { more_passages: one.more_passages }),
    ...(input.explain ? { explain: explain(one) } : {}),
  }));
}

const nothing = { score: null, rank: null };

function explain(one: Chosen): NonNullable<Hit['explain']> {
  return {
    text: { score: one.text_score, rank: one.text_rank },
    vector: { score: one.vector_score, rank: one.vector_rank },
    graph: { score: one.graph_score, rank: null },
    rerank: nothing,
  };
}

type Place = { document_id: string; version: number; seq: number };
type Around = (one: Place, from: number, to: number) => { id: string; seq: number; text: string }[];

async function readAround(
  deps: KnowledgeDeps,
  actor: Actor,
  { chosen, reach }: { chosen: readonly Chosen[]; reach: number },
): Promise<Around> {
  if (reach === 0 || chosen.length === 0) return () => [];
  const offsets = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach).filter((offset) => offset !== 0);
  const places = chosen.flatMap((one) =>
    offsets.map((offset) => ({ documentId: one.document_id, version: one.version, seq: one.seq + offset })),
  );
  const rows = await deps.db.as(actor, (tx) => listNeighbours(tx, actor.organization_id, places));
  const keyOf = (at: Place) => `${at.document_id} ${at.version} ${at.seq}`;
  const byPlace = new Map<string, NeighbourRow>(rows.map((row) => [keyOf(row), row]));
  return (one, from, to) => {
    const found: { id: string; seq: number; text: string }[] = [];
    for (let offset = from; offset <= to; offset++) {
      const row = byPlace.get(keyOf({ ...one, seq: one.seq + offset }));
      if (row) found.push({ id: row.id, seq: row.seq, text: row.text });
    }
    return found;
  };
}
