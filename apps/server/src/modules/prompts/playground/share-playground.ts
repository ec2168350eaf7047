// A state of the playground that others of the workspace can open: what was typed and chosen, as the playground has it.
import { playgroundProblem } from '@insula/contract/playground';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { authorOf, presentAuthor } from '../author-of.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { addShare, deleteShare, findShare, type ShareRow } from './store.ts';

type Named = { workspace_id: string; share_id: string };

const presentShare = (row: ShareRow) => ({
  id: row.id,
  workspace_id: row.workspace_id,
  title: row.title,
  state: row.state as Record<string, unknown>,
  author: presentAuthor(row),
  created_at: row.created_at.toISOString(),
});

/** Shares a state and announces `playground.shared`. */
export async function sharePlayground(
  deps: PromptsDeps,
  actor: Actor,
  input: { workspace_id: string; title: string; state: Record<string, unknown> },
) {
  const { workspace_id: workspaceId, title, state } = input;
  const place = { organizationId: actor.organization_id, workspaceId };
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, place);
    const row = await addShare(tx, {
      ...{ organization_id: place.organizationId, workspace_id: workspaceId, id: newId(), title, state },
      ...authorOf(actor),
    });
    await deps.events.announce(tx, actor, {
      type: 'playground.shared',
      subject_type: 'playground_share',
      subject_id: row.id,
      workspace_id: workspaceId,
      details: { title },
    });
    return presentShare(row);
  });
}

/** Opens a shared state; throws `share_not_found`. */
export async function getShare(deps: PromptsDeps, actor: Actor, input: Named) {
  const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id, id: input.share_id };
  const row = await deps.db.as(actor, (tx) => findShare(tx, at));
  if (!row) throw playgroundProblem('share_not_found');
  return presentShare(row);
}

/** Stops sharing and announces `playground.unshared`. */
export async function removeShare(
  deps: PromptsDeps,
  actor: Actor,
  { workspace_id: workspaceId, share_id: id }: Named,
): Promise<{ id: string; deleted: true }> {
  return deps.db.as(actor, async (tx) => {
    const title = await deleteShare(tx, { organizationId: actor.organization_id, workspaceId, id });
    if (title === undefined) throw playgroundProblem('share_not_found');
    await deps.events.announce(tx, actor, {
      type: 'playground.unshared',
      subject_type: 'playground_share',
      subject_id: id,
      workspace_id: workspaceId,
      details: { title },
    });
    return { id, deleted: true };
  });
}
