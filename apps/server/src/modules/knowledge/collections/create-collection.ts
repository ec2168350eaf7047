// A collection is made in a workspace, under a slug that is free there; everyone of the workspace sees it from then on.
import { collectionProblem } from '@insula/contract/collections';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { toSlug } from '../../../platform/to-slug.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { COLLECTIONS_MAX } from './list-visible-collections.ts';
import { type Collection, presentCollection } from './present-collection.ts';
import { DEFAULT_EMBEDDING_MODEL, DEFAULT_SLUG } from './require-collection.ts';
import { addCollection, countCollections, holdWorkspace } from './store.ts';

export type NewCollection = {
  workspace_id: string;
  name: string;
  slug?: string | undefined;
  description: string;
};

/** Makes a collection and announces `collection.created`; throws `collection_slug_taken`, `too_many_collections`. */
export async function createCollection(
  deps: KnowledgeDeps,
  actor: Actor,
  input: NewCollection,
): Promise<Collection> {
  const slug = input.slug ?? toSlug(input.name, 'collection');
  return deps.db.as(actor, async (tx) => {
    const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
    if (!(await holdWorkspace(tx, place))) throw tenancyProblem('workspace_not_found');
    if ((await countCollections(tx, place)) >= COLLECTIONS_MAX)
      throw collectionProblem('too_many_collections', { limit: COLLECTIONS_MAX });
    const row =
      slug === DEFAULT_SLUG
        ? undefined
        : await addCollection(tx, {
            organization_id: actor.organization_id,
            id: newId(deps.clock.now()),
            workspace_id: input.workspace_id,
            name: input.name,
            slug,
            description: input.description,
            is_default: false,
            embedding_model: DEFAULT_EMBEDDING_MODEL,
          });
    if (!row) throw collectionProblem('collection_slug_taken', { slug });
    await deps.events.announce(tx, actor, {
      type: 'collection.created',
      subject_type: 'collection',
      subject_id: row.id,
      workspace_id: row.workspace_id,
      details: { name: row.name, slug },
    });
    return presentCollection({ ...row, shared_from: null });
  });
}
