// All documents of a collection are read again, for example after a better way of reading files came with an update.
import type { Actor } from '../../../platform/actor.ts';
import { requireCollection } from '../collections/require-collection.ts';
import { listDocuments } from '../documents/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { readAgain } from './read-again.ts';

const AT_ONCE = 200;

/**
 * Gives every document that is not under way a further version with the same bytes, some at a time, and announces
 * `collection.reprocessed` with the first of them. What was added until a crash stays added: ask again.
 */
export async function reprocessCollection(
  deps: KnowledgeDeps,
  actor: Actor,
  input: { workspace_id: string; collection_id?: string | undefined },
): Promise<{ collection_id: string; documents: number }> {
  const { workspace_id: workspaceId, collection_id: wanted } = input;
  const collection = await deps.db.as(actor, async (tx) => {
    const found = await requireCollection(tx, actor, {
      workspaceId,
      collectionId: wanted,
      forWriting: true,
    });
    await deps.events.announce(tx, actor, {
      type: 'collection.reprocessed',
      subject_type: 'collection',
      subject_id: found.id,
      workspace_id: workspaceId,
      details: { name: found.name },
    });
    return found;
  });
  let documents = 0;
  for (let before: string | undefined, goesOn = true; goesOn; ) {
    const page = { collectionIds: [collection.id], limit: AT_ONCE, before };
    const any = { status: undefined, title: undefined, externalId: undefined };
    const rows = await deps.db.as(actor, async (tx) => {
      const found = await listDocuments(tx, actor.organization_id, { ...page, ...any });
      const some = found.slice(0, AT_ONCE);
      for (const row of some)
        if (isSettled.has(row.latest.status) && (await readAgain(deps, tx, row))) documents++;
      return found;
    });
    before = rows.at(AT_ONCE - 1)?.id;
    goesOn = rows.length > AT_ONCE;
  }
  return { collection_id: collection.id, documents };
}

const isSettled: ReadonlySet<string> = new Set(['ready', 'failed', 'cancelled']);
