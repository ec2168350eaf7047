// Whoever puts something into a collection, or asks for one by its id, gets it here or hears that there is none.
import { collectionProblem } from '@insula/contract/collections';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { findVisibleCollection } from './list-visible-collections.ts';
import { addCollection, findDefaultCollection, holdWorkspace, type Place, type VisibleRow } from './store.ts';

/** The model that embeds the passages of a new collection. */
export const DEFAULT_EMBEDDING_MODEL = 'insula/minilm-l6-v2';
/** The slug of every workspace's default collection; no other may have it. */
export const DEFAULT_SLUG = 'default';

type Wanted = {
  workspaceId: string;
  /** Undefined: the workspace's default collection, made if it is missing. */
  collectionId: string | undefined;
  /** The collection is to be changed, or something in it: one that is only shared with the workspace is refused. */
  forWriting?: boolean;
};

/**
 * The collection, if the actor may see it from the workspace; throws `collection_not_found`, `workspace_not_found` and, for
 * writing, `collection_read_only`.
 */
export async function requireCollection(tx: TenantTx, actor: Actor, wanted: Wanted): Promise<VisibleRow> {
  const { workspaceId, collectionId } = wanted;
  const place = { organizationId: actor.organization_id, workspaceId };
  const id = collectionId ?? (await ensureDefaultCollection(tx, place)).id;
  const found = await findVisibleCollection(tx, actor, { workspaceId, id });
  if (!found) throw collectionProblem('collection_not_found');
  if (wanted.forWriting && found.shared_from !== null) throw collectionProblem('collection_read_only');
  return found;
}

/** The workspace's default collection; makes it if it is missing, as a part of the workspace that no event tells of by itself. */
export async function ensureDefaultCollection(tx: TenantTx, place: Place) {
  const found = await findDefaultCollection(tx, place);
  if (found) return found;
  if (!(await holdWorkspace(tx, place))) throw tenancyProblem('workspace_not_found');
  const made = await addCollection(tx, {
    organization_id: place.organizationId,
    id: newId(),
    workspace_id: place.workspaceId,
    name: 'Documents',
    slug: DEFAULT_SLUG,
    description: 'Where documents go when no collection is named.',
    is_default: true,
    embedding_model: DEFAULT_EMBEDDING_MODEL,
  });
  // Made by somebody else meanwhile: the insertion waited for that to be committed.
  return made ?? (await findDefaultCollection(tx, place))!;
}
