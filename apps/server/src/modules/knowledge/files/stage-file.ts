// A file is kept before anybody knows what becomes of it: noted first as something to clear in an hour, so that a broken upload
// or a killed server leaves nothing behind; the document that takes it strikes the note out.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { IncomingFile, StagedFile } from '../../../platform/http/read-form.ts';
import { newId } from '../../../platform/ids.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { nameOriginal } from './name-blob.ts';
import { addRemains } from './store.ts';

/** The kind of work that clears away. */
export const CLEAR_DOCUMENTS = 'clear-documents';
const UNCLAIMED_MS = 3_600_000;

/** Keeps the content as it comes; resolves when all of it is there. */
export async function stageFile(
  deps: KnowledgeDeps,
  organizationId: string,
  file: Omit<IncomingFile, 'content'> & { content: Readable },
): Promise<StagedFile> {
  const id = newId(deps.clock.now());
  const dueAt = new Date(Date.now() + UNCLAIMED_MS);
  await deps.db.as({ organization_id: organizationId, workspaces: '*' }, async (tx) => {
    await addRemains(tx, organizationId, { remains: [{ blob_id: id }], dueAt });
    await deps.queue.tell(tx, organizationId, CLEAR_DOCUMENTS, { at: dueAt });
  });
  const digest = createHash('sha256');
  let bytes = 0;
  async function* watch() {
    for await (const chunk of file.content as AsyncIterable<Buffer>) {
      digest.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  await deps.blobs.for(organizationId).put(nameOriginal(id), Readable.from(watch(), { objectMode: false }));
  return { id, name: file.name, type: file.type, bytes, hash: digest.digest() };
}
