// A document whose passages are there as rows, as if it had just been read: for tests of what is made of passages.
import { createHash } from 'node:crypto';
import { CompiledQuery } from 'kysely';
import type { App } from '../src/app.ts';
import { newId } from '../src/platform/ids.ts';

export type NewDocument = {
  organizationId: string;
  workspaceId: string;
  collectionId: string;
  title?: string;
  passages: (string | { text: string; headings: string[] })[];
  /** RFC 3339: what the file says of its date. */
  date?: string;
  /** Replaces this document by a next version. */
  documentId?: string;
};

/** Adds the document, ready; answers its id and those of its passages in order. */
export async function addDocument(
  app: App,
  document: NewDocument,
): Promise<{ id: string; chunkIds: string[] }> {
  const { organizationId, passages } = document;
  const id = document.documentId ?? newId();
  const chunkIds = passages.map(() => newId());
  await app.db.as({ organization_id: organizationId, workspaces: '*' }, async (tx) => {
    const run: Run = (text, ...values) => tx.executeQuery(CompiledQuery.raw(text, values));
    const version = await addVersion(run, id, document);
    for (const [seq, passage] of passages.entries())
      await addPassage(run, document, { id: chunkIds[seq]!, documentId: id, version, seq, passage });
    await app.queue.tell(tx, organizationId, 'read-graph');
  });
  return { id, chunkIds };
}

type Run = <R>(text: string, ...values: unknown[]) => Promise<{ rows: R[] }>;

async function addVersion(run: Run, id: string, document: NewDocument): Promise<number> {
  const { organizationId: o, workspaceId: w, collectionId: c, title = 'A document', passages } = document;
  const { rows } = await run<{ version: number }>(
    `insert into documents (organization_id, id, workspace_id, collection_id, title, source, source_kind, version, latest_version)
     values ($1, $2, $3, $4, $5, 'test', 'text', 1, 1)
     on conflict (organization_id, id) do update set version = documents.version + 1, latest_version = documents.latest_version + 1
     returning version`,
    ...[o, id, w, c, title],
  );
  const { version } = rows[0]!;
  const hash = createHash('sha256').update(JSON.stringify(passages)).digest();
  const properties = JSON.stringify(document.date ? { date: document.date } : {});
  await run(
    `insert into document_versions (organization_id, document_id, version, workspace_id, collection_id, file_name, bytes,
       content_hash, status, chunk_count, properties) values ($1, $2, $3, $4, $5, 'test.md', 1, $6, 'ready', $7, $8)`,
    ...[o, id, version, w, c, hash, passages.length, properties],
  );
  return version;
}

type NewPassage = {
  id: string;
  documentId: string;
  version: number;
  seq: number;
  passage: NewDocument['passages'][number];
};

async function addPassage(run: Run, document: NewDocument, { passage, ...at }: NewPassage): Promise<void> {
  const { organizationId: o, workspaceId: w, collectionId: c } = document;
  const { text, headings } = typeof passage === 'string' ? { text: passage, headings: [] } : passage;
  const tokens = Math.ceil(text.length / 4);
  await run(
    `insert into chunks (organization_id, id, workspace_id, collection_id, document_id, version, seq, kind, text, heading_path,
       start_offset, end_offset, tokens) values ($1, $2, $3, $4, $5, $6, $7, 'text', $8, $9, 0, $10, $11)`,
    ...[o, at.id, w, c, at.documentId, at.version, at.seq, text, headings, text.length, tokens],
  );
}
