// Queries on the generations of a collection's vectors. Every one names the organization.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { KnowledgeTables } from '../tables.ts';

export type CollectionAt = { organizationId: string; collectionId: string };
export type GenerationAt = CollectionAt & { generation: number };
/** A generation that is to be brought on, with what its collection is now. */
export type PendingGeneration = {
  collection_id: string;
  workspace_id: string;
  generation: number;
  state: 'embedding' | 'clearing';
  embedded_through: string | null;
  attempts: number;
  next_model: string | null;
};
export type MissingPassage = {
  id: string;
  document_id: string;
  version: number;
  title: string;
  heading_path: string[];
  text: string;
};

const on = (tx: TenantTx) => tx.$extendTables<KnowledgeTables>() as unknown as Kysely<KnowledgeTables>;
const of = (tx: TenantTx) => tx as unknown as Kysely<unknown>;
const rowAt = (tx: TenantTx, at: GenerationAt) =>
  on(tx)
    .updateTable('re_embeddings')
    .where('organization_id', '=', at.organizationId)
    .where('collection_id', '=', at.collectionId)
    .where('generation', '=', at.generation);

/** The model and generation in use and the next ones; held for a change until the transaction ends. */
export async function lockEmbedding(tx: TenantTx, at: CollectionAt) {
  return on(tx)
    .selectFrom('collections')
    .select([
      'name',
      'workspace_id',
      'embedding_model',
      'embedding_generation',
      'next_embedding_model',
      'next_embedding_generation',
    ])
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.collectionId)
    .forUpdate()
    .executeTakeFirst();
}

/** Sets the model and generation in use, or the next ones. */
export async function updateEmbedding(
  tx: TenantTx,
  at: CollectionAt,
  change: Partial<
    Pick<
      KnowledgeTables['collections'],
      'embedding_model' | 'embedding_generation' | 'next_embedding_model' | 'next_embedding_generation'
    >
  >,
): Promise<void> {
  await on(tx)
    .updateTable('collections')
    .set({ ...change, updated_at: sql<Date>`now()` })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.collectionId)
    .execute();
}

/** A number that no generation of the collection has, nor one that is still being cleared. */
export async function nextGeneration(tx: TenantTx, at: CollectionAt): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select greatest(c.embedding_generation, (select max(r.generation) from re_embeddings r
      where r.organization_id = c.organization_id and r.collection_id = c.id)) + 1 as n
    from collections c where c.organization_id = ${at.organizationId} and c.id = ${at.collectionId}`.execute(
    of(tx),
  );
  return rows[0]!.n;
}

/** Begins to make, or to clear, a generation. */
export async function putGeneration(
  tx: TenantTx,
  at: GenerationAt,
  row: { workspace_id: string; state: 'embedding' | 'clearing' },
): Promise<void> {
  const fresh = { ...row, attempts: 0, error: null, retry_at: null };
  await on(tx)
    .insertInto('re_embeddings')
    .values({
      organization_id: at.organizationId,
      collection_id: at.collectionId,
      generation: at.generation,
      ...fresh,
    })
    .onConflict((c) => c.columns(['organization_id', 'collection_id', 'generation']).doUpdateSet(fresh))
    .execute();
}

/** Ends the making or clearing of a generation. */
export async function deleteGenerationRow(tx: TenantTx, at: GenerationAt): Promise<void> {
  await on(tx)
    .deleteFrom('re_embeddings')
    .where('organization_id', '=', at.organizationId)
    .where('collection_id', '=', at.collectionId)
    .where('generation', '=', at.generation)
    .execute();
}

/** The generation that has waited longest, of those that do not rest. */
export async function findPending(
  tx: TenantTx,
  organizationId: string,
): Promise<PendingGeneration | undefined> {
  const { rows } = await sql<PendingGeneration>`
    select r.collection_id, r.workspace_id, r.generation, r.state, r.embedded_through, r.attempts, c.next_embedding_model as next_model
    from re_embeddings r join collections c on c.organization_id = r.organization_id and c.id = r.collection_id
    where r.organization_id = ${organizationId} and (r.retry_at is null or r.retry_at <= clock_timestamp())
    order by r.created_at limit 1`.execute(of(tx));
  return rows[0];
}

/** When the first generation that rests is to go on; undefined when none does. */
export async function nextRetry(tx: TenantTx, organizationId: string): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date | null }>`
    select min(retry_at) as at from re_embeddings where organization_id = ${organizationId}`.execute(of(tx));
  return rows[0]?.at ?? undefined;
}

/** Passages that searches find and that have no vector of the generation, by their ids, after the one given. */
export async function listMissing(
  tx: TenantTx,
  at: GenerationAt,
  page: { after: string | null; limit: number },
): Promise<MissingPassage[]> {
  const { rows } = await sql<MissingPassage>`
    select c.id, c.document_id, c.version, d.title, c.heading_path, c.text from chunks c
    join documents d on d.organization_id = c.organization_id and d.id = c.document_id and d.version = c.version
    where c.organization_id = ${at.organizationId} and c.collection_id = ${at.collectionId}
      and (${page.after}::uuid is null or c.id > ${page.after})
      and not exists (select from chunk_vectors v where v.organization_id = c.organization_id and v.chunk_id = c.id
        and v.generation = ${at.generation})
    order by c.id limit ${page.limit}`.execute(of(tx));
  return rows;
}

/** The versions that searches find of these documents, kept from changing until the transaction ends. */
export async function holdVersions(
  tx: TenantTx,
  organizationId: string,
  documentIds: readonly string[],
): Promise<Map<string, number | null>> {
  const { rows } = await sql<{ id: string; version: number | null }>`
    select id, version from documents where organization_id = ${organizationId} and id = any (${documentIds}::uuid[])
    order by id for share`.execute(of(tx));
  return new Map(rows.map((row) => [row.id, row.version]));
}

/** Moves on to `to` if nobody else did; false when the generation is no longer made, or was moved on by another worker. */
export async function moveOn(
  tx: TenantTx,
  at: GenerationAt,
  { from, to }: { from: string | null; to: string | null },
): Promise<boolean> {
  const done = await rowAt(tx, at)
    .set({ embedded_through: to, attempts: 0, error: null, retry_at: null })
    .where('state', '=', 'embedding')
    .where(sql<boolean>`embedded_through is not distinct from ${from}::uuid`)
    .executeTakeFirst();
  return (done.numUpdatedRows ?? 0n) > 0n;
}

/** Lets a generation rest, and says why. */
export async function restGeneration(
  tx: TenantTx,
  at: GenerationAt,
  rest: { attempts: number; error: string; retry_at: Date },
): Promise<void> {
  await rowAt(tx, at).set(rest).execute();
}

/** How far the next generation of a collection has come. */
export async function readProgress(
  tx: TenantTx,
  at: CollectionAt & { generation: number | null },
): Promise<{ embedded: number; passages: number; error: string | null; retry_at: Date | null }> {
  const { rows } = await sql<{
    embedded: number;
    passages: number;
    error: string | null;
    retry_at: Date | null;
  }>`
    select r.error, r.retry_at,
      (select count(*)::int from chunk_vectors v where v.organization_id = ${at.organizationId}
        and v.collection_id = ${at.collectionId} and v.generation = ${at.generation}) as embedded,
      (select coalesce(sum(v.chunk_count), 0)::int from documents d
        join document_versions v on v.organization_id = d.organization_id and v.document_id = d.id and v.version = d.version
        where d.organization_id = ${at.organizationId} and d.collection_id = ${at.collectionId}) as passages
    from (select 1) one left join re_embeddings r on r.organization_id = ${at.organizationId}
      and r.collection_id = ${at.collectionId} and r.generation = ${at.generation}`.execute(of(tx));
  return rows[0]!;
}
