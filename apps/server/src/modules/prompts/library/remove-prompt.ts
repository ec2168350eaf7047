// Deleting a prompt, and taking that back for 30 days. A deleted prompt gives its name free and is found by no program.
import { promptProblem } from '@insula/contract/prompts';
import type { Actor } from '../../../platform/actor.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { type Prompt, presentPrompt } from './present-prompt.ts';
import { requirePrompt } from './require-version.ts';
import {
  findPrompt,
  findPromptNamed,
  findRemovedPrompt,
  forgetPrompts,
  lockPrompt,
  updatePrompt,
} from './store.ts';

const KEPT_MS = 30 * 86_400_000;
type Named = { workspace_id: string; prompt_id: string };

/** Deletes a prompt and announces `prompt.removed`; what was deleted more than 30 days ago goes for good. */
export async function removePrompt(
  deps: PromptsDeps,
  actor: Actor,
  { workspace_id: workspaceId, prompt_id: promptId }: Named,
): Promise<{ id: string; deleted: true; restorable_until: string }> {
  const at = { organizationId: actor.organization_id, workspaceId, promptId };
  const nowMs = deps.clock.now();
  return deps.db.as(actor, async (tx) => {
    const row = await lockPrompt(tx, at);
    if (!row) throw promptProblem('prompt_not_found');
    await updatePrompt(tx, at, { removed_at: new Date(nowMs) });
    await forgetPrompts(tx, { organizationId: at.organizationId, before: new Date(nowMs - KEPT_MS) });
    await deps.events.announce(tx, actor, {
      type: 'prompt.removed',
      subject_type: 'prompt',
      subject_id: promptId,
      workspace_id: workspaceId,
      details: { name: row.name, versions: row.latest_number, labels: row.labels },
    });
    return { id: promptId, deleted: true, restorable_until: new Date(nowMs + KEPT_MS).toISOString() };
  });
}

/** Takes a deletion back, under a new name where its own was taken, and announces `prompt.restored`. */
export async function restorePrompt(
  deps: PromptsDeps,
  actor: Actor,
  { workspace_id: workspaceId, prompt_id: promptId, name }: Named & { name?: string | undefined },
): Promise<Prompt> {
  const at = { organizationId: actor.organization_id, workspaceId, promptId };
  return deps.db.as(actor, async (tx) => {
    const row = await findRemovedPrompt(tx, at);
    if (!row) throw promptProblem((await findPrompt(tx, at)) ? 'prompt_not_removed' : 'prompt_not_found');
    const wanted = name ?? row.name;
    if (await findPromptNamed(tx, { ...at, name: wanted }))
      throw promptProblem('prompt_name_taken', { name: wanted });
    await updatePrompt(tx, at, { removed_at: null, name: wanted });
    await deps.events.announce(tx, actor, {
      type: 'prompt.restored',
      subject_type: 'prompt',
      subject_id: promptId,
      workspace_id: workspaceId,
      details: { name: wanted },
    });
    return presentPrompt(await requirePrompt(tx, at));
  });
}
