// A new version of a prompt: on top of the newest, never in place of one.
import { promptProblem } from '@insula/contract/prompts';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { foundBy, type VersionWords, versionRow } from '../library/create-prompt.ts';
import { type PromptVersion, presentVersion } from '../library/present-prompt.ts';
import { requirePrompt, requireVersion } from '../library/require-version.ts';
import { type At, lockPrompt, updatePrompt } from '../library/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { readTemplate } from '../templates/read-template.ts';
import { addVersion } from './store.ts';

type Named = { workspace_id: string; prompt_id: string };

/** Saves a version and announces `prompt.version_saved`; throws `prompt_changed` when `based_on` is not the newest any more. */
export async function saveVersion(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & VersionWords & { based_on?: number | undefined },
): Promise<PromptVersion> {
  const { workspace_id: workspaceId, prompt_id: promptId, based_on, ...given } = input;
  const words = readTemplate(given);
  const at = { organizationId: actor.organization_id, workspaceId, promptId };
  return deps.db.as(actor, (tx) => insertVersion(tx, actor, { deps, at, words, based_on }));
}

/** Saves an old version again as the newest one. */
export async function restoreVersion(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { number: number; note: string },
): Promise<PromptVersion> {
  const { workspace_id: workspaceId, prompt_id: promptId, number } = input;
  const at = { organizationId: actor.organization_id, workspaceId, promptId };
  return deps.db.as(actor, async (tx) => {
    const old = await requireVersion(tx, await requirePrompt(tx, at), { version: number });
    const note = input.note || `Version ${number} again`;
    const words = { ...(old as unknown as VersionWords), note };
    return insertVersion(tx, actor, { deps, at, words, restored: number });
  });
}

export type Saving = {
  deps: PromptsDeps;
  at: At;
  words: VersionWords;
  based_on?: number | undefined;
  restored?: number;
};

/** The insertion itself with its event, in a transaction that is open already. */
export async function insertVersion(tx: TenantTx, actor: Actor, saving: Saving): Promise<PromptVersion> {
  const { deps, at, words, based_on, restored } = saving;
  const prompt = await lockPrompt(tx, at);
  if (!prompt) throw promptProblem('prompt_not_found');
  if (based_on !== undefined && based_on !== prompt.latest_number)
    throw promptProblem('prompt_changed', { latest: prompt.latest_number, based_on });
  const number = prompt.latest_number + 1;
  await addVersion(tx, { ...versionRow(actor, at, words), number });
  await updatePrompt(tx, at, { latest_number: number, found_by: foundBy(prompt, words.content) });
  await deps.events.announce(tx, actor, {
    type: 'prompt.version_saved',
    subject_type: 'prompt',
    subject_id: at.promptId,
    workspace_id: at.workspaceId,
    details: { name: prompt.name, version: number, ...(restored ? { restored } : {}) },
  });
  return presentVersion(await requireVersion(tx, prompt, { version: number }));
}
