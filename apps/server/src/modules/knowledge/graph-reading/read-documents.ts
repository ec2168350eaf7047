// Reading documents for the graph by rules, as they become ready, are replaced or move: entities at no cost, and whatever a
// model has read in the same words before.
import { systemActor } from '../../../platform/actor.ts';
import type { Database } from '../../../platform/db/create-database.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Embeddings } from '../../../platform/embeddings/index.ts';
import type { Reading } from '../graph/tables.ts';
import { packVector } from '../graph-search/pack-vector.ts';
import { listUnembedded, saveNameVectors } from '../graph-search/store.ts';
import { findNames } from './find-names.ts';
import { carryAnswers, listPassages, listUnread, markRead, type UnreadDocument } from './store.ts';
import { type ReadPassage, writeReadings } from './write-readings.ts';

type Deps = { db: Database; embeddings: Pick<Embeddings, 'embed'> };
type Slice = { organizationId: string; signal: AbortSignal; endsAt: number };

const DOCUMENTS = 20;
/** Passages written in one transaction. */
const PASSAGES = 200;
const NAMES = 64;

/** Reads documents until none is left or the time (`endsAt`, of performance.now) is over; true when none is left. */
export async function readDocuments(deps: Deps, slice: Slice): Promise<boolean> {
  const actor = systemActor(slice.organizationId);
  for (;;) {
    const documents = await deps.db.as(actor, (tx) => listUnread(tx, slice.organizationId, DOCUMENTS));
    for (const document of documents) {
      if (isOver(slice)) return false;
      await readDocument(deps, document, slice);
    }
    if (documents.length < DOCUMENTS) break;
  }
  return embedNames(deps, slice);
}

const isOver = ({ signal, endsAt }: Slice) => signal.aborted || performance.now() > endsAt;

async function readDocument(deps: Deps, document: UnreadDocument, slice: Slice): Promise<void> {
  const actor = systemActor(document.organizationId);
  await deps.db.as(actor, (tx) => carryAnswers(tx, document));
  for (let after = -1; ; ) {
    const last = await deps.db.as(actor, (tx) => readPassages(tx, document, after));
    if (last === undefined) break;
    if (slice.signal.aborted) return;
    after = last;
  }
  await deps.db.as(actor, (tx) => markRead(tx, document));
}

/** Reads the next passages; answers the place of the last one, or undefined when there are no more. */
async function readPassages(
  tx: TenantTx,
  document: UnreadDocument,
  after: number,
): Promise<number | undefined> {
  const rows = await listPassages(tx, document, { after, limit: PASSAGES });
  const { documentId: document_id, version, assertedAt } = document;
  const passageOf = (chunk_id: string) => ({
    chunk_id,
    document_id,
    version,
    asserted_at: assertedAt.toISOString(),
  });
  const answered = rows.flatMap((row): ReadPassage[] =>
    row.answer ? [{ passage: passageOf(row.id), reading: row.answer }] : [],
  );
  const others = document.readsLocally ? rows.filter((row) => !row.answer) : [];
  const guessed = others.map(
    (row): ReadPassage => ({ passage: passageOf(row.id), reading: readLocally(row) }),
  );
  if (answered.length > 0) await writeReadings(tx, { ...document, method: 'model' }, answered);
  if (guessed.length > 0) await writeReadings(tx, { ...document, method: 'local' }, guessed);
  return rows.length < PASSAGES ? undefined : rows.at(-1)!.seq;
}

function readLocally(passage: { text: string; heading_path: string[] }): Reading {
  const entities = findNames(passage).map((found) => ({ ...found, description: '' }));
  return { entities, facts: [] };
}

/** Gives names their vectors; false when there may be more. */
async function embedNames({ db, embeddings }: Deps, slice: Slice): Promise<boolean> {
  const actor = systemActor(slice.organizationId);
  for (;;) {
    const rows = await db.as(actor, (tx) => listUnembedded(tx, slice.organizationId, NAMES));
    if (rows.length === 0) return true;
    if (isOver(slice)) return false;
    const texts = rows.map((row) => row.name);
    const vectors = await embeddings.embed(texts, { signal: slice.signal });
    const packed = rows.map((row, i) => ({ id: row.id, embedding: packVector(vectors[i]!) }));
    await db.as(actor, (tx) => saveNameVectors(tx, slice.organizationId, packed));
  }
}
