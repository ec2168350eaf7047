// The ground that tests and benches of searches stand on: documents are put straight into the index, with vectors that the
// caller chooses, so that what is tried is the search and not the reading of files.
import { CompiledQuery } from 'kysely';
import {
  prepareSegment,
  publishSegment,
  retirePassages,
  saveVectors,
  searchKnowledge,
} from '../src/modules/knowledge/index.ts';
import { type Actor, systemActor } from '../src/platform/actor.ts';
import type { TenantTx } from '../src/platform/db/door.ts';
import { newId } from '../src/platform/ids.ts';
import type { Passage } from '../src/platform/searching/index.ts';
import { openPeopleGround, type PeopleGround, type TestOrganization } from './open-people-ground.ts';
import type { WorldOptions } from './world.ts';

export type GivenPassage = { text: string; vector: Float32Array; headingPath?: string[] };
export type GivenDocument = {
  id?: string;
  version?: number;
  title?: string;
  metadata?: Record<string, unknown>;
  passages: GivenPassage[];
};
export type SearchPlace = { organizationId: string; workspaceId: string; collectionId: string };
export type AskedSearch = Parameters<typeof searchKnowledge>[2];

/** The local model; here its vectors are those that the test gives. */
const MODEL = 'insula/minilm-l6-v2';

export type SearchGround = Awaited<ReturnType<typeof openSearchGround>>;

/** Opens the ground; `vectorOf` makes the vector of a question. */
export async function openSearchGround(
  vectorOf: (question: string) => Float32Array,
  options: WorldOptions = {},
) {
  const ground = await openPeopleGround(options);
  const { deps: own } = ground.app.knowledge;
  const embed = async (texts: readonly string[]) => texts.map(vectorOf);
  const deps = { ...own, embeddings: { ...own.embeddings, embed } };
  const kept = new Map<string, Passage[]>();
  return {
    ...ground,
    deps,
    /** From now on remembers what is published there, for `vectorsOf`. */
    remember: (place: SearchPlace) => void kept.set(place.collectionId, []),
    vectorsOf: (place: SearchPlace): readonly Passage[] => kept.get(place.collectionId) ?? [],
    /** A collection of the organization's default workspace, or of the one given. */
    async newCollection(home: TestOrganization, workspaceId = home.workspaceId): Promise<SearchPlace> {
      const collectionId = newId();
      await home.rows(
        `insert into collections (organization_id, id, workspace_id, name, slug, embedding_model)
         values ($1, $2, $3, $4, $4, $5)`,
        ...[collectionId, workspaceId, collectionId, MODEL],
      );
      return { organizationId: home.id, workspaceId, collectionId };
    },
    /** Publishes documents in one transaction; a version above 1 takes the place of the one before. */
    async publish(place: SearchPlace, documents: readonly GivenDocument[]): Promise<string[]> {
      const made = documents.map((one) => ({ id: newId(), version: 1, title: '', metadata: {}, ...one }));
      const chunks = made.flatMap((one) => one.passages.map((passage) => chunkOf(one, passage)));
      kept.get(place.collectionId)?.push(...chunks);
      await publishChunks(deps, place, { documents: made, chunks });
      return made.map(({ id }) => id);
    },
    /** Takes documents away as a removal does. */
    remove: (place: SearchPlace, documentIds: readonly string[]) => removeDocuments(deps, place, documentIds),
    search: (actor: Actor, input: AskedSearch) => searchKnowledge(deps, actor, input),
  };
}

type Made = Required<GivenDocument>;
type Deps = PeopleGround['app']['knowledge']['deps'];

async function publishChunks(
  deps: Deps,
  place: SearchPlace,
  { documents, chunks }: { documents: Made[]; chunks: Passage[] },
): Promise<void> {
  const at = { ...place, generation: 1 };
  const prepared = await prepareSegment(deps, at, chunks);
  const before = documents.filter(({ version }) => version > 1);
  await deps.db.as(systemActor(place.organizationId), async (tx) => {
    await addRows(tx, place, { documents, chunks });
    const vectors = chunks.map(({ id, vector }) => ({ chunkId: id, vector }));
    await saveVectors(tx, at, vectors);
    const dead = before.map(({ id, version }) => ({ documentId: id, version: version - 1 }));
    await retirePassages(deps, tx, { at: place, documents: dead });
    await announce(deps, tx, { place, type: 'document.ready' });
    await publishSegment(deps, tx, prepared);
  });
}

async function removeDocuments(
  deps: Deps,
  place: SearchPlace,
  documentIds: readonly string[],
): Promise<void> {
  const documents = documentIds.map((documentId) => ({ documentId, version: 1 }));
  await deps.db.as(systemActor(place.organizationId), async (tx) => {
    await removeRows(tx, place.organizationId, documentIds);
    await announce(deps, tx, { place, type: 'document.removed' });
    await retirePassages(deps, tx, { at: place, documents });
  });
}

/** As those do who change documents: it is how searchers hear of it. */
const announce = (
  deps: Deps,
  tx: TenantTx,
  { place, type }: { place: SearchPlace; type: 'document.ready' | 'document.removed' },
) =>
  deps.events.announce(tx, systemActor(place.organizationId), {
    type,
    subject_type: 'collection',
    subject_id: place.collectionId,
    workspace_id: place.workspaceId,
    details: {},
  });

const chunkOf = ({ id: documentId, version, title }: Made, given: GivenPassage): Passage => ({
  id: newId(),
  documentId,
  version,
  title,
  headingPath: given.headingPath ?? [],
  text: given.text,
  vector: given.vector,
});

const run = (tx: TenantTx, text: string, values: unknown[]) =>
  tx.executeQuery(CompiledQuery.raw(text, values));

async function addRows(
  tx: TenantTx,
  place: SearchPlace,
  { documents, chunks }: { documents: readonly Made[]; chunks: readonly Passage[] },
): Promise<void> {
  const at = [place.organizationId, place.workspaceId, place.collectionId];
  const columns = <T>(list: readonly T[], ...read: ((one: T) => unknown)[]) =>
    read.map((one) => list.map(one));
  const seqs = new Map<string, number>();
  const seqOf = ({ documentId }: Passage) => {
    const seq = seqs.get(documentId) ?? 0;
    seqs.set(documentId, seq + 1);
    return seq;
  };
  const lists = columns(
    documents,
    (one) => one.id,
    (one) => one.version,
    (one) => one.title,
    (one) => JSON.stringify(one.metadata),
    (one) => one.passages.length,
  );
  await run(tx, addingDocuments, [...at, ...lists.slice(0, 4)]);
  await run(tx, addingVersions, [...at, lists[0], lists[1], lists[4]]);
  for (let from = 0; from < chunks.length; from += 5_000) {
    const some = chunks.slice(from, from + 5_000);
    const values = columns(
      some,
      (one) => one.id,
      (one) => one.documentId,
      (one) => one.version,
      seqOf,
      (one) => one.text,
    );
    await run(tx, addingChunks, [...at, ...values]);
  }
}

async function removeRows(tx: TenantTx, organizationId: string, ids: readonly string[]): Promise<void> {
  await run(tx, 'delete from documents where organization_id = $1 and id = any($2)', [organizationId, ids]);
}

const addingDocuments = `
  insert into documents (organization_id, workspace_id, collection_id, id, version, latest_version, title, metadata, source, source_kind)
  select $1, $2, $3, id, version, version, title, metadata::jsonb, 'given', 'text'
  from unnest($4::uuid[], $5::int[], $6::text[], $7::text[]) as d (id, version, title, metadata)
  on conflict (organization_id, id) do update set version = excluded.version, latest_version = excluded.version`;
const addingVersions = `
  insert into document_versions
    (organization_id, workspace_id, collection_id, document_id, version, file_name, bytes, content_hash, status, chunk_count, ready_at)
  select $1, $2, $3, id, version, 'given', 1, '\\x00', 'ready', passages, now()
  from unnest($4::uuid[], $5::int[], $6::int[]) as d (id, version, passages)`;
const addingChunks = `
  insert into chunks (organization_id, workspace_id, collection_id, id, document_id, version, seq, kind, text, start_offset, end_offset, tokens)
  select $1, $2, $3, id, document_id, version, seq, 'text', text, 0, length(text), 1
  from unnest($4::uuid[], $5::uuid[], $6::int[], $7::int[], $8::text[]) as c (id, document_id, version, seq, text)`;
