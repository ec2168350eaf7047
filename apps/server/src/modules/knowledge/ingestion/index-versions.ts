// What is embedded becomes findable: segments are packed beforehand, then one transaction publishes them, moves every document
// to its new version and retires the old one. Searchers see all of it or nothing.
import { systemActor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { findDocument, updateDocument } from '../documents/store.ts';
import { CLEAR_DOCUMENTS } from '../files/stage-file.ts';
import { addRemains, type Remains } from '../files/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type IndexChunk, type PreparedSegment, prepareSegment } from '../segments/prepare-segment.ts';
import { publishSegment, retirePassages } from '../segments/publish-segment.ts';
import { readVectors } from '../segments/save-vectors.ts';
import { releaseBlobs, updateVersion } from '../versions/store.ts';
import { holdGeneration, listPassageIds, readSources, type Underway } from './store.ts';

/** Passages that are packed together: what is held in memory at once. */
const PIECE = 4_096;

/** Publishes versions of one collection that are embedded completely; those that were cancelled meanwhile are left out. */
export async function indexVersions(
  deps: KnowledgeDeps,
  organizationId: string,
  versions: readonly Underway[],
): Promise<void> {
  const actor = systemActor(organizationId);
  const { workspace_id: workspaceId, collection_id: collectionId, generation } = versions[0]!;
  const at = { organizationId, workspaceId, collectionId, generation };
  const mine = await deps.db.as(actor, async (tx) => {
    const going: Underway[] = [];
    for (const one of versions) {
      const change = { status: 'indexing' as const, stage: null };
      if (await updateVersion(tx, atOf(organizationId, one), { from: ['embedding', 'indexing'], change }))
        going.push(one);
    }
    return going;
  });
  if (mine.length === 0) return;
  const prepared = await prepareAll(deps, at, mine);
  const sorted = mine.toSorted((a, b) => (a.document_id < b.document_id ? -1 : 1));
  await deps.db.as(actor, (tx) => publish(deps, tx, { at, versions: sorted, prepared }));
}

const atOf = (organizationId: string, one: Underway) => ({
  organizationId,
  documentId: one.document_id,
  version: one.version,
});

type At = PreparedSegment['at'];

async function prepareAll(
  deps: KnowledgeDeps,
  at: At,
  versions: readonly Underway[],
): Promise<PreparedSegment[]> {
  const actor = systemActor(at.organizationId);
  const all = await deps.db.as(actor, (tx) => listPassageIds(tx, at.organizationId, versions));
  const prepared: PreparedSegment[] = [];
  for (let from = 0; from < all.length; from += PIECE) {
    const ids = all.slice(from, from + PIECE).map(({ id }) => id);
    const { sources, vectors } = await deps.db.as(actor, async (tx) => ({
      sources: await readSources(tx, at.organizationId, ids),
      vectors: new Map((await readVectors(tx, at, ids)).map((one) => [one.chunkId, one.vector])),
    }));
    const chunks = sources.map(
      (one): IndexChunk => ({
        id: one.id,
        documentId: one.document_id,
        version: one.version,
        title: one.title,
        headingPath: one.heading_path,
        text: one.text,
        vector: vectors.get(one.id)!,
      }),
    );
    prepared.push(await prepareSegment(deps, at, chunks));
  }
  return prepared;
}

type Publication = { at: At; versions: Underway[]; prepared: PreparedSegment[] };

async function publish(deps: KnowledgeDeps, tx: TenantTx, publication: Publication): Promise<void> {
  const { at, versions, prepared } = publication;
  const { organizationId } = at;
  const generation = await holdGeneration(tx, at);
  if (generation === undefined) return; // the collection is gone, and everything with it
  // Embedded with what is no longer searched: the next turn embeds it with what is.
  if (generation !== at.generation) return putBack(tx, publication);
  const dead: { documentId: string; version: number }[] = [];
  const remains: Remains[] = [];
  for (const one of versions) {
    const before = await makeReady(deps, tx, { organizationId, one });
    const own = { documentId: one.document_id, version: one.version };
    if (before === 'gone') dead.push(own);
    else if (before.version !== null) {
      dead.push({ documentId: one.document_id, version: before.version });
      remains.push({ document_id: one.document_id, version: before.version });
    }
    if (before !== 'gone') remains.push(...before.blobs.map((blob_id) => ({ blob_id })));
  }
  await addRemains(tx, organizationId, { remains, dueAt: new Date() });
  if (remains.length > 0) await deps.queue.tell(tx, organizationId, CLEAR_DOCUMENTS);
  for (const one of prepared) await publishSegment(deps, tx, one);
  await retirePassages(deps, tx, { at, documents: dead });
}

async function putBack(tx: TenantTx, { at, versions }: Publication): Promise<void> {
  const change = { status: 'embedding' as const, embedded_count: 0 };
  for (const one of versions)
    await updateVersion(tx, atOf(at.organizationId, one), { from: ['indexing'], change });
}

/** Moves a document to its new version; answers what was before, or that it was cancelled, replaced or deleted meanwhile. */
async function makeReady(
  deps: KnowledgeDeps,
  tx: TenantTx,
  { organizationId, one }: { organizationId: string; one: Underway },
): Promise<{ version: number | null; blobs: string[] } | 'gone'> {
  const at = atOf(organizationId, one);
  const row = await findDocument(tx, { ...at, lock: true });
  if (!row || row.collection_id !== one.collection_id) return 'gone';
  const ready = { status: 'ready' as const, stage: null, attempts: 0, retry_at: null, ready_at: new Date() };
  const change = { ...ready, error_code: null, error_detail: null };
  if (!(await updateVersion(tx, at, { from: ['indexing'], change }))) return 'gone';
  if (row.version !== null) {
    const old = { ...at, version: row.version };
    await updateVersion(tx, old, { from: ['ready'], change: { status: 'superseded' } });
  }
  await updateDocument(tx, at, { version: one.version });
  const blobs = await releaseBlobs(tx, at);
  await deps.events.announce(tx, systemActor(organizationId), {
    type: 'document.ready',
    subject_type: 'document',
    subject_id: one.document_id,
    workspace_id: one.workspace_id,
    details: { version: one.version, passages: one.chunk_count },
  });
  return { version: row.version, blobs };
}
