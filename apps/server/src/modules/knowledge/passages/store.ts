// Queries on passages, and those that write them. Every one names the organization.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { KnowledgeTables } from '../tables.ts';

export type PassageRow = Selectable<KnowledgeTables['chunks']>;
type VersionAt = { organizationId: string; documentId: string; version: number };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'collection_id',
  'document_id',
  'version',
  'seq',
  'kind',
  'text',
  'heading_path',
  'page_start',
  'page_end',
  'start_offset',
  'end_offset',
  'tokens',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<KnowledgeTables>() as unknown as Kysely<KnowledgeTables>;

/** A page of the passages of a version in their order; reads one more than `limit`. */
export async function listPassages(
  tx: TenantTx,
  at: VersionAt,
  page: { limit: number; after: string | undefined },
): Promise<PassageRow[]> {
  let query = on(tx)
    .selectFrom('chunks')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('document_id', '=', at.documentId)
    .where('version', '=', at.version);
  if (page.after !== undefined)
    query = query.where(
      sql<boolean>`seq > (select seq from chunks where organization_id = ${at.organizationId} and id = ${page.after}
        and document_id = ${at.documentId} and version = ${at.version})`,
    );
  return query
    .orderBy('seq')
    .limit(page.limit + 1)
    .execute();
}

/** Adds passages in one statement; those whose number is there already stay as they are. */
export async function insertPassages(
  tx: TenantTx,
  at: VersionAt & { workspaceId: string; collectionId: string },
  rows: Omit<PassageRow, 'organization_id' | 'workspace_id' | 'collection_id' | 'document_id' | 'version'>[],
): Promise<void> {
  await sql`
    insert into chunks (organization_id, id, workspace_id, collection_id, document_id, version, seq, kind, text, heading_path,
      page_start, page_end, start_offset, end_offset, tokens)
    select ${at.organizationId}, r.id, ${at.workspaceId}, ${at.collectionId}, ${at.documentId}, ${at.version}, r.seq, r.kind, r.text,
      coalesce(r.heading_path, '{}'), r.page_start, r.page_end, r.start_offset, r.end_offset, r.tokens
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (id uuid, seq int, kind text, text text, heading_path text[],
      page_start int, page_end int, start_offset int, end_offset int, tokens int)
    on conflict (organization_id, document_id, version, seq) do nothing`.execute(
    tx as unknown as Kysely<unknown>,
  );
}

/** Those of the passages that are still there, kept from going until the transaction ends. */
export async function holdPassages(
  tx: TenantTx,
  organizationId: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`select id from chunks
    where organization_id = ${organizationId} and id = any (${ids}::uuid[]) order by id for key share`.execute(
    tx as unknown as Kysely<unknown>,
  );
  return new Set(rows.map(({ id }) => id));
}
