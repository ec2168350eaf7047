// Clears away, in the background, the files and passages that were noted: after a removal, a replacement, a broken upload.
import { systemActor } from '../../../platform/actor.ts';
import type { SliceOutcome } from '../../../platform/queue/index.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { nameBlob } from './name-blob.ts';
import { deletePassages, deleteRemains, listDueRemains, nextDue, type RemainsRow } from './store.ts';

const AT_ONCE = 50;
const PASSAGES_AT_ONCE = 1_000;

/** One slice: clears what is due; can be repeated. */
export async function clearRemains(
  deps: KnowledgeDeps,
  { organizationId, signal }: { organizationId: string; signal: AbortSignal },
): Promise<SliceOutcome> {
  const actor = systemActor(organizationId);
  const due = await deps.db.as(actor, (tx) => listDueRemains(tx, organizationId, AT_ONCE));
  for (const one of due) {
    signal.throwIfAborted();
    await clear(deps, organizationId, one);
    await deps.db.as(actor, (tx) => deleteRemains(tx, organizationId, [one.id]));
  }
  if (due.length === AT_ONCE) return 'more';
  return (await deps.db.as(actor, (tx) => nextDue(tx, organizationId))) ?? 'done';
}

async function clear(deps: KnowledgeDeps, organizationId: string, one: RemainsRow): Promise<void> {
  if (one.blob_id !== null) {
    const blobs = deps.blobs.for(organizationId);
    const names: string[] = [];
    for await (const name of blobs.list(nameBlob(one.blob_id))) names.push(name);
    for (const name of names) await blobs.remove(name);
  }
  if (one.document_id === null || one.version === null) return;
  const of = { documentId: one.document_id, version: one.version, limit: PASSAGES_AT_ONCE };
  const actor = systemActor(organizationId);
  for (let gone = of.limit; gone === of.limit; )
    gone = await deps.db.as(actor, (tx) => deletePassages(tx, organizationId, of));
}
