// One version is read: its bytes become structured text, kept as a file, and passages, kept as rows. What was written of an
// earlier try that was killed is thrown away first, so that a version never has passages of two readings.
import { documentProblem } from '@insula/contract/documents';
import { systemActor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import type { ReadDocument } from '../../../platform/parsing/index.ts';
import { updateDocument } from '../documents/store.ts';
import { nameOriginal, nameText } from '../files/name-blob.ts';
import { deletePassages } from '../files/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { insertPassages } from '../passages/store.ts';
import { type Status, updateVersion } from '../versions/store.ts';
import { countPassages, type Underway } from './store.ts';

const SPLIT = { maxTokens: 200, overlapTokens: 32 };
const ROWS_AT_ONCE = 500;
const FROM: Status[] = ['queued', 'reading'];

/** Reads the version; answers how many passages it has, undefined when it was cancelled or replaced meanwhile. Throws what makes it unreadable, or the signal's reason. */
export async function readVersion(
  deps: KnowledgeDeps,
  organizationId: string,
  { one, signal }: { one: Underway; signal: AbortSignal },
): Promise<number | undefined> {
  const actor = systemActor(organizationId);
  const at = { organizationId, documentId: one.document_id, version: one.version };
  const change = { status: 'reading' as const, stage: null, attempts: one.attempts + 1, retry_at: null };
  const isMine = await deps.db.as(actor, (tx) => updateVersion(tx, at, { from: FROM, change }));
  if (!isMine) return undefined;
  if (one.blob_id === null) throw documentProblem('document_file_gone');
  const blobs = deps.blobs.for(organizationId);
  const bytes = await blobs.get(nameOriginal(one.blob_id));
  const about = { name: one.file_name, ...(one.content_type ? { type: one.content_type } : {}) };
  const read = await deps.parsing.read({ bytes }, about, { split: SPLIT, signal });
  signal.throwIfAborted();
  await blobs.put(nameText(one.blob_id, one.version), Buffer.from(read.markdown, 'utf8'));
  await writePassages(deps, at, { one, read, signal });
  return deps.db.as(actor, async (tx) => {
    if ((await countPassages(tx, at)) !== read.chunks.length)
      throw new Error('The passages were written by two workers at once.');
    if (!(await updateVersion(tx, at, { from: ['reading'], change: changeOf(read) }))) return undefined;
    const title = titleOf(one, read);
    if (title !== undefined) await updateDocument(tx, at, { title });
    return read.chunks.length;
  });
}

type At = { organizationId: string; documentId: string; version: number };

async function writePassages(
  deps: KnowledgeDeps,
  at: At,
  { one, read, signal }: { one: Underway; read: ReadDocument; signal: AbortSignal },
): Promise<void> {
  const actor = systemActor(at.organizationId);
  for (let gone = 1; gone > 0; )
    gone = await deps.db.as(actor, (tx) =>
      deletePassages(tx, at.organizationId, { ...at, limit: ROWS_AT_ONCE }),
    );
  const place = { ...at, workspaceId: one.workspace_id, collectionId: one.collection_id };
  for (let from = 0; from < read.chunks.length; from += ROWS_AT_ONCE) {
    signal.throwIfAborted();
    const rows = read.chunks.slice(from, from + ROWS_AT_ONCE).map((chunk) => ({ id: newId(), ...chunk }));
    await deps.db.as(actor, (tx) => insertPassages(tx, place, rows));
  }
}

function changeOf(read: ReadDocument) {
  return {
    status: 'embedding' as const,
    stage: null,
    attempts: 0,
    error_code: null,
    error_detail: null,
    format: read.format,
    page_count: read.pages,
    chunk_count: read.chunks.length,
    embedded_count: 0,
    token_count: read.tokens,
    warnings: read.warnings.slice(0, 100),
    properties: read.metadata,
  };
}

/** The file's own title, where nobody gave one: until now the document was called like its file. */
function titleOf(one: Underway, read: ReadDocument): string | undefined {
  const isNamedLikeFile = one.version === 1 && one.file_name.startsWith(one.title);
  const title = read.title?.trim().slice(0, 300);
  return isNamedLikeFile && title ? title : undefined;
}
