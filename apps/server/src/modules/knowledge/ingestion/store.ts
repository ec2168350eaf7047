// Queries of ingestion: which versions are to be brought on, what of them is still to be embedded, and what is indexed. Every
// one names the organization.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Status } from '../versions/store.ts';

/** A version on its way, with what is needed to bring it on. */
export type Underway = {
  document_id: string;
  version: number;
  workspace_id: string;
  collection_id: string;
  title: string;
  file_name: string;
  blob_id: string | null;
  content_type: string | null;
  bytes: number;
  status: Status;
  attempts: number;
  chunk_count: number;
  model: string;
  generation: number;
};
type VersionKey = { document_id: string; version: number };

const of = (tx: TenantTx) => tx as unknown as Kysely<unknown>;
const keysOf = (versions: readonly VersionKey[]) =>
  sql`select * from unnest(${versions.map((one) => one.document_id)}::uuid[], ${versions.map((one) => one.version)}::int[])`;

/** The oldest versions that are on their way and not at rest, but for those excluded. */
export async function listUnderway(
  tx: TenantTx,
  organizationId: string,
  { limit, except }: { limit: number; except: readonly VersionKey[] },
): Promise<Underway[]> {
  const { rows } = await sql<Underway>`
    select v.document_id, v.version, v.workspace_id, d.collection_id, d.title, v.file_name, v.blob_id, v.content_type, v.bytes,
      v.status, v.attempts, v.chunk_count, c.embedding_model as model, c.embedding_generation as generation
    from document_versions v
    join documents d on d.organization_id = v.organization_id and d.id = v.document_id
    join collections c on c.organization_id = d.organization_id and c.id = d.collection_id
    where v.organization_id = ${organizationId} and v.status in ('queued', 'reading', 'embedding', 'indexing')
      and (v.retry_at is null or v.retry_at <= clock_timestamp())
      and (v.document_id, v.version) not in (${keysOf(except)})
    order by v.created_at, v.document_id limit ${limit}`.execute(of(tx));
  return rows;
}

/** What is left when a slice ends: how many could go on at once, and when the first of those at rest is to be tried. */
export async function findRest(
  tx: TenantTx,
  organizationId: string,
): Promise<{ ready: boolean; nextAt: Date | null }> {
  const { rows } = await sql<{ ready: boolean | null; next_at: Date | null }>`
    select bool_or(retry_at is null or retry_at <= clock_timestamp()) as ready, min(retry_at) as next_at from document_versions
    where organization_id = ${organizationId} and status in ('queued', 'reading', 'embedding', 'indexing')`.execute(
    of(tx),
  );
  return { ready: rows[0]?.ready ?? false, nextAt: rows[0]?.next_at ?? null };
}

/** Passages of the versions that have no vector of the generation, version by version. */
export async function listUnembedded(
  tx: TenantTx,
  organizationId: string,
  { versions, generation }: { versions: readonly VersionKey[]; generation: number },
): Promise<{ id: string; document_id: string }[]> {
  const { rows } = await sql<{ id: string; document_id: string }>`
    select c.id, c.document_id from chunks c
    where c.organization_id = ${organizationId} and (c.document_id, c.version) in (${keysOf(versions)})
      and not exists (select from chunk_vectors v where v.organization_id = c.organization_id and v.chunk_id = c.id
        and v.generation = ${generation})
    order by c.document_id, c.seq`.execute(of(tx));
  return rows;
}

export type PassageSource = {
  id: string;
  document_id: string;
  version: number;
  title: string;
  heading_path: string[];
  text: string;
};

/** The texts of passages with the titles of their documents, in the order of the ids given. */
export async function readSources(
  tx: TenantTx,
  organizationId: string,
  ids: readonly string[],
): Promise<PassageSource[]> {
  const { rows } = await sql<PassageSource>`
    select c.id, c.document_id, c.version, d.title, c.heading_path, c.text
    from unnest(${ids}::uuid[]) with ordinality as wanted (id, n)
    join chunks c on c.organization_id = ${organizationId} and c.id = wanted.id
    join documents d on d.organization_id = c.organization_id and d.id = c.document_id
    order by wanted.n`.execute(of(tx));
  return rows;
}

/** The ids of all passages of the versions, version by version. */
export async function listPassageIds(
  tx: TenantTx,
  organizationId: string,
  versions: readonly VersionKey[],
): Promise<{ id: string; document_id: string }[]> {
  const { rows } = await sql<{ id: string; document_id: string }>`
    select id, document_id from chunks
    where organization_id = ${organizationId} and (document_id, version) in (${keysOf(versions)})
    order by document_id, seq`.execute(of(tx));
  return rows;
}

/** Says how many passages of each version are embedded. */
export async function setEmbedded(
  tx: TenantTx,
  organizationId: string,
  counts: readonly (VersionKey & { embedded: number })[],
): Promise<void> {
  await sql`
    update document_versions v set embedded_count = n.embedded, stage = null, stage_at = now()
    from unnest(${counts.map((one) => one.document_id)}::uuid[], ${counts.map((one) => one.version)}::int[],
      ${counts.map((one) => one.embedded)}::int[]) as n (document_id, version, embedded)
    where v.organization_id = ${organizationId} and v.document_id = n.document_id and v.version = n.version
      and v.status in ('embedding', 'indexing')`.execute(of(tx));
}

/** Says in words what is done with the versions at the moment. */
export async function setStage(
  tx: TenantTx,
  organizationId: string,
  { versions, stage }: { versions: readonly VersionKey[]; stage: string },
): Promise<void> {
  await sql`update document_versions set stage = ${stage}, stage_at = now()
    where organization_id = ${organizationId} and (document_id, version) in (${keysOf(versions)})
      and status in ('embedding', 'indexing')`.execute(of(tx));
}

/** The generation of vectors that a collection is searched with, kept from changing until the transaction ends. */
export async function holdGeneration(
  tx: TenantTx,
  at: { organizationId: string; collectionId: string },
): Promise<number | undefined> {
  const { rows } = await sql<{ generation: number }>`
    select embedding_generation as generation from collections
    where organization_id = ${at.organizationId} and id = ${at.collectionId} for share`.execute(of(tx));
  return rows[0]?.generation;
}

/** How many passages a version has. */
export async function countPassages(
  tx: TenantTx,
  at: { organizationId: string; documentId: string; version: number },
): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from chunks
    where organization_id = ${at.organizationId} and document_id = ${at.documentId} and version = ${at.version}`.execute(
    of(tx),
  );
  return rows[0]!.n;
}
