// The work `ingest-documents`: versions that wait are read, embedded and indexed, some at a time, oldest first. While one batch
// is embedded the next is read, and the one before is indexed. Every step is kept, so whoever takes the next turn carries on
// where this one ended.
import { systemActor } from '../../../platform/actor.ts';
import type { SliceOutcome } from '../../../platform/queue/index.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type EmbedTurn, embedVersions } from './embed-versions.ts';
import { failVersion, giveUpVersion, isHopeless } from './fail-version.ts';
import { indexVersions } from './index-versions.ts';
import { readVersion } from './read-version.ts';
import { findRest, listUnderway, type Underway } from './store.ts';

const SLICE_MS = 4_000;
/** What is read before it is embedded: documents, bytes, passages, and the time it may take. */
const BATCH = { documents: 64, bytes: 32_000_000, passages: 1_024, ms: 3_000 };

/** One slice of an organization's documents. */
export async function ingestDocuments(
  deps: KnowledgeDeps,
  { organizationId, signal }: { organizationId: string; signal: AbortSignal },
): Promise<SliceOutcome> {
  const turn = { organizationId, signal, until: performance.now() + SLICE_MS };
  let reading = readBatch(deps, turn, []);
  let indexing = { versions: [] as readonly Underway[], done: Promise.resolve() };
  try {
    for (;;) {
      const batch = await reading;
      signal.throwIfAborted();
      if (batch.length === 0) break;
      const goesOn = performance.now() < turn.until;
      reading = goesOn ? readBatch(deps, turn, [...indexing.versions, ...batch]) : Promise.resolve([]);
      reading.catch(() => undefined); // told when it is waited for
      const complete = await embedBatch(deps, turn, batch);
      await indexing.done;
      indexing = { versions: batch, done: indexBatch(deps, turn, complete) };
      indexing.done.catch(() => undefined);
    }
    await indexing.done;
  } finally {
    await Promise.allSettled([reading, indexing.done]);
  }
  const rest = await deps.db.as(systemActor(organizationId), (tx) => findRest(tx, organizationId));
  return rest.ready ? 'more' : (rest.nextAt ?? 'done');
}

/** Reads what is oldest; answers the versions that can be embedded. */
async function readBatch(
  deps: KnowledgeDeps,
  turn: EmbedTurn,
  except: readonly Underway[],
): Promise<Underway[]> {
  const { organizationId, signal } = turn;
  const startedAt = performance.now();
  const waiting = await deps.db.as(systemActor(organizationId), (tx) =>
    listUnderway(tx, organizationId, { limit: BATCH.documents, except }),
  );
  const batch: Underway[] = [];
  const full = { bytes: 0, passages: 0 };
  for (const one of waiting) {
    signal.throwIfAborted();
    const isRead = one.status === 'embedding' || one.status === 'indexing';
    if (isRead) batch.push(one);
    else if (isHopeless(one)) await giveUpVersion(deps, organizationId, one);
    else {
      const read = await readOne(deps, turn, one);
      if (read) batch.push(read);
    }
    full.bytes += isRead ? 0 : one.bytes;
    full.passages += batch.at(-1)?.chunk_count ?? 0;
    const isLate = performance.now() - startedAt > BATCH.ms;
    if (full.bytes >= BATCH.bytes || full.passages >= BATCH.passages || isLate) break;
  }
  return batch;
}

async function readOne(
  deps: KnowledgeDeps,
  { organizationId, signal }: EmbedTurn,
  one: Underway,
): Promise<Underway | undefined> {
  try {
    const chunks = await readVersion(deps, organizationId, { one, signal });
    return chunks === undefined
      ? undefined
      : { ...one, status: 'embedding', attempts: 0, chunk_count: chunks };
  } catch (error) {
    if (signal.aborted) throw error;
    await failVersion(deps, organizationId, { one, error });
    return undefined;
  }
}

const byCollection = (batch: readonly Underway[]) =>
  Map.groupBy(batch, (one) => `${one.collection_id} ${one.generation}`).values();

/** Embeds a batch, collection by collection; answers what is embedded completely. */
async function embedBatch(
  deps: KnowledgeDeps,
  turn: EmbedTurn,
  batch: readonly Underway[],
): Promise<Underway[]> {
  const complete: Underway[] = [];
  for (const versions of byCollection(batch))
    await attempt(deps, turn, {
      versions,
      async work() {
        complete.push(...(await embedVersions(deps, turn, versions)));
      },
    });
  return complete;
}

/** Makes what is embedded findable, while the next batch is being embedded. */
async function indexBatch(
  deps: KnowledgeDeps,
  turn: EmbedTurn,
  complete: readonly Underway[],
): Promise<void> {
  for (const versions of byCollection(complete))
    await attempt(deps, turn, {
      versions,
      work: () => indexVersions(deps, turn.organizationId, versions),
    });
}

async function attempt(
  deps: KnowledgeDeps,
  turn: EmbedTurn,
  { versions, work }: { versions: readonly Underway[]; work: () => Promise<void> },
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (turn.signal.aborted) throw error;
    for (const one of versions) await failVersion(deps, turn.organizationId, { one, error });
  }
}
