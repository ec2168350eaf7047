// A collection shown to another workspace of the organization: everyone there finds and reads what is in it, also where only
// groups see it at home, and nobody there changes it. Ended, it is out of their sight with the next transaction. The trail
// tells of either once, at the workspace that gives; whoever reads the trail of the one that takes is shown that event, too.
import { accessProblem, type collectionShare } from '@insula/contract/collection-access';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { requireCollection } from '../collections/require-collection.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import {
  addShare,
  countAround,
  deleteShare,
  holdTaker,
  listShares as readShares,
  type ShareRow,
} from './store.ts';

export type Share = z.infer<typeof collectionShare>;
type One = { workspace_id: string; collection_id: string };

const OF_COLLECTION_MAX = 200;
const WITH_WORKSPACE_MAX = 500;

/** A page of the workspaces that read a collection; throws `collection_not_found`, `collection_read_only`. */
export async function listShares(
  deps: KnowledgeDeps,
  actor: Actor,
  input: One & { limit: number; cursor?: string | undefined },
): Promise<{ data: Share[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const at = { workspaceId: input.workspace_id, collectionId: input.collection_id };
  return deps.db.as(actor, async (tx) => {
    await requireCollection(tx, actor, { ...at, forWriting: true });
    const given = { ...at, organizationId: actor.organization_id };
    const rows = await readShares(tx, given, { limit: input.limit, before });
    return pageOf(rows, input.limit, (row) => presentShare(row as ShareRow));
  });
}

/**
 * Shares a collection and announces `collection.shared`. Whoever shares sees both workspaces. Throws `workspace_not_found`,
 * `collection_not_found`, `share_exists`, `share_with_itself`, `too_many_shares`.
 */
export async function shareCollection(
  deps: KnowledgeDeps,
  actor: Actor,
  input: One & { to_workspace_id: string },
): Promise<Share> {
  const { workspace_id, collection_id, to_workspace_id: id } = input;
  const given = {
    organizationId: actor.organization_id,
    workspaceId: workspace_id,
    collectionId: collection_id,
  };
  return deps.db.as(actor, async (tx) => {
    const collection = await requireCollection(tx, actor, { ...given, forWriting: true });
    const taker = await holdTaker(tx, { organizationId: actor.organization_id, id });
    if (!taker) throw tenancyProblem('workspace_not_found');
    if (id === workspace_id) throw accessProblem('share_with_itself');
    refuseTooMany(await countAround(tx, { ...given, toWorkspaceId: id }));
    const by = { granted_by: actor.id, granted_by_name: actor.name };
    const place = { organization_id: actor.organization_id, workspace_id, collection_id };
    const row = await addShare(tx, { ...place, to_workspace_id: id, ...by });
    if (!row) throw accessProblem('share_exists');
    await deps.events.announce(tx, actor, {
      type: 'collection.shared',
      subject_type: 'collection',
      subject_id: collection_id,
      workspace_id,
      details: {
        ...{ name: collection.name, with_workspace_id: id, with_workspace: taker.name },
        ...{ readable_by: 'everyone of that workspace', access_at_home: collection.access },
      },
    });
    return presentShare({ id, workspace_name: taker.name, collection_id, ...by, created_at: row.created_at });
  });
}

/** Ends a share and announces `collection.unshared`; throws `collection_not_found`, `share_not_found`. */
export async function unshareCollection(
  deps: KnowledgeDeps,
  actor: Actor,
  input: One & { to_workspace_id: string },
): Promise<{ id: string; deleted: true }> {
  const { workspace_id, collection_id, to_workspace_id: id } = input;
  const given = {
    organizationId: actor.organization_id,
    workspaceId: workspace_id,
    collectionId: collection_id,
  };
  return deps.db.as(actor, async (tx) => {
    const collection = await requireCollection(tx, actor, { ...given, forWriting: true });
    if (!(await deleteShare(tx, { ...given, toWorkspaceId: id }))) throw accessProblem('share_not_found');
    await deps.events.announce(tx, actor, {
      type: 'collection.unshared',
      subject_type: 'collection',
      subject_id: collection_id,
      workspace_id,
      details: { name: collection.name, with_workspace_id: id },
    });
    return { id, deleted: true };
  });
}

function refuseTooMany(count: { of_collection: number; with_workspace: number }): void {
  if (count.of_collection >= OF_COLLECTION_MAX)
    throw accessProblem('too_many_shares', {
      reason: 'The number of workspaces that read this collection is',
      limit: OF_COLLECTION_MAX,
    });
  if (count.with_workspace >= WITH_WORKSPACE_MAX)
    throw accessProblem('too_many_shares', {
      reason: 'The number of collections that are shared with that workspace is',
      limit: WITH_WORKSPACE_MAX,
    });
}

function presentShare(row: ShareRow): Share {
  return {
    id: row.id,
    workspace_name: row.workspace_name ?? '',
    collection_id: row.collection_id,
    granted_by: { id: row.granted_by, name: row.granted_by_name },
    granted_at: row.created_at.toISOString(),
  };
}
