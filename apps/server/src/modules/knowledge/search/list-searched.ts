// What a search looks through: the collections that the asking actor may see, and their live segments. It is remembered until
// anything of the organization changes; what is found in it is checked again under the actor, in the database, every time.
import { type Actor, actorMay } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { listVisibleCollections } from '../collections/list-visible-collections.ts';
import type { VisibleRow } from '../collections/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { chooseCollections } from './choose-collections.ts';
import { type DocumentChoice, listSearchedSegments, type SearchedRow } from './store.ts';

export type Searched = { collections: VisibleRow[]; segments: SearchedRow[] };
export type Scope = {
  workspaceId: string;
  collectionIds?: readonly string[] | undefined;
  choice: DocumentChoice;
};

/** Reads it, or remembers it when `fresh` is not asked for; throws `workspace_not_found`, `collection_not_found`. */
export async function listSearched(
  deps: KnowledgeDeps,
  actor: Actor,
  { scope, fresh }: { scope: Scope; fresh: boolean },
): Promise<Searched> {
  const read = () => deps.db.as(actor, (tx) => readSearched(deps, tx, { actor, scope }));
  // A filter is on facts that may be as many as there are questions.
  if (fresh || scope.choice.filter || scope.choice.documentIds) return read();
  return deps.searched.load(actor.organization_id, keyOf(actor, scope), read);
}

/** Whose sight it is, and of what: all that `readSearched` depends on but the rows of the organization. */
function keyOf(actor: Actor, { workspaceId, collectionIds }: Scope): string {
  const sight = actor.workspaces === '*' ? '*' : actor.workspaces.toSorted().join();
  const seesAll = actorMay(actor, 'workspaces:write', workspaceId);
  return JSON.stringify([actor.kind, actor.id, seesAll, sight, workspaceId, collectionIds?.toSorted()]);
}

async function readSearched(
  deps: KnowledgeDeps,
  tx: TenantTx,
  { actor, scope }: { actor: Actor; scope: Scope },
): Promise<Searched> {
  const { organization_id: organizationId } = actor;
  const visible = await listVisibleCollections(tx, actor, scope.workspaceId);
  if (visible.length === 0)
    await deps.tenancy.requireWorkspace(tx, { organizationId, workspaceId: scope.workspaceId });
  const collections = chooseCollections(visible, scope.collectionIds);
  if (collections.length === 0) return { collections, segments: [] };
  const place = { organizationId, collectionIds: collections.map(({ id }) => id) };
  return { collections, segments: await listSearchedSegments(tx, place, scope.choice) };
}
