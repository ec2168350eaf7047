// Passages of many documents are embedded as one stream of pages: while one is embedded the next is fetched and the one before
// is kept. What was kept is not embedded again, whoever carries on.
import { systemActor } from '../../../platform/actor.ts';
import { embedTexts, LOCAL_MODEL } from '../embedding/embed-texts.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { passageText } from '../passages/passage-text.ts';
import { holdPassages } from '../passages/store.ts';
import { saveVectors } from '../segments/save-vectors.ts';
import { listUnembedded, readSources, setEmbedded, setStage, type Underway } from './store.ts';

const PAGE = 64;

export type EmbedTurn = { organizationId: string; signal: AbortSignal; until: number };

/**
 * Embeds what has no vector yet of versions of one collection; answers those that are embedded completely. Ends after a page
 * when `until` (performance.now) has passed. Throws what the model throws.
 */
export async function embedVersions(
  deps: KnowledgeDeps,
  turn: EmbedTurn,
  versions: readonly Underway[],
): Promise<Underway[]> {
  const { organizationId } = turn;
  const first = versions[0]!;
  const missing = await deps.db.as(systemActor(organizationId), (tx) =>
    listUnembedded(tx, organizationId, { versions, generation: first.generation }),
  );
  const left = new Map(versions.map((one) => [one.document_id, 0]));
  for (const { document_id } of missing) left.set(document_id, left.get(document_id)! + 1);
  if (missing.length > 0) {
    await sayPreparing(deps, organizationId, versions);
    await embedPages(deps, turn, { versions, missing, left });
  }
  return versions.filter((one) => left.get(one.document_id) === 0);
}

async function sayPreparing(
  deps: KnowledgeDeps,
  organizationId: string,
  versions: readonly Underway[],
): Promise<void> {
  if (versions[0]!.model !== LOCAL_MODEL || deps.embeddings.isReady()) return;
  const stage = 'preparing the embedding model';
  await deps.db.as(systemActor(organizationId), (tx) => setStage(tx, organizationId, { versions, stage }));
}

type Pages = {
  versions: readonly Underway[];
  missing: { id: string; document_id: string }[];
  left: Map<string, number>;
};

async function embedPages(deps: KnowledgeDeps, turn: EmbedTurn, pages: Pages): Promise<void> {
  const { missing } = pages;
  const starts = Array.from({ length: Math.ceil(missing.length / PAGE) }, (_, i) => i * PAGE);
  const begin = (start: number | undefined) => {
    if (start === undefined) return undefined;
    const page = embedPage(deps, turn, { ...pages, missing: missing.slice(start, start + PAGE) });
    page.catch(() => undefined); // told when it is waited for
    return page;
  };
  let current = begin(starts.shift());
  let saving = Promise.resolve();
  try {
    while (current) {
      const isLate = performance.now() > turn.until;
      const next = isLate ? undefined : begin(starts.shift());
      const embedded = await current;
      await saving;
      saving = savePage(deps, turn, { ...pages, embedded });
      saving.catch(() => undefined);
      current = next;
    }
  } finally {
    await saving;
  }
}

type Embedded = { chunkId: string; documentId: string; vector: Float32Array }[];

async function embedPage(deps: KnowledgeDeps, turn: EmbedTurn, pages: Pages): Promise<Embedded> {
  const { organizationId, signal } = turn;
  const actor = systemActor(organizationId);
  const { model, workspace_id: workspaceId } = pages.versions[0]!;
  const ids = pages.missing.map(({ id }) => id);
  const sources = await deps.db.as(actor, (tx) => readSources(tx, organizationId, ids));
  const texts = sources.map((one) => passageText({ ...one, headingPath: one.heading_path }));
  const at = { actor, workspaceId, model, purpose: 'passage' as const, signal };
  const vectors = await embedTexts(deps, at, texts);
  return sources.map((one, i) => ({ chunkId: one.id, documentId: one.document_id, vector: vectors[i]! }));
}

async function savePage(
  deps: KnowledgeDeps,
  { organizationId }: EmbedTurn,
  { versions, left, embedded }: Pages & { embedded: Embedded },
): Promise<void> {
  const { workspace_id: workspaceId, collection_id: collectionId, generation } = versions[0]!;
  const at = { organizationId, workspaceId, collectionId, generation };
  for (const { documentId } of embedded) left.set(documentId, left.get(documentId)! - 1);
  const touched = new Set(embedded.map(({ documentId }) => documentId));
  const counts = versions
    .filter((one) => touched.has(one.document_id))
    .map((one) => ({ ...one, embedded: one.chunk_count - left.get(one.document_id)! }));
  const ids = embedded.map(({ chunkId }) => chunkId);
  await deps.db.as(systemActor(organizationId), async (tx) => {
    // A version that was cancelled meanwhile may have lost its passages.
    const held = await holdPassages(tx, organizationId, ids);
    const kept = embedded.filter(({ chunkId }) => held.has(chunkId));
    await saveVectors(tx, at, kept);
    await setEmbedded(tx, organizationId, counts);
  });
}
