// Labels: names that stand on one version each, and by which programs find it. Moving one is a release, and is told as such.
import { promptProblem } from '@insula/contract/prompts';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { type Prompt, presentPrompt } from '../library/present-prompt.ts';
import { requirePrompt, requireVersion } from '../library/require-version.ts';
import { type At, lockPrompt } from '../library/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { countLabels, deleteLabel, findLabel, putLabel } from './store.ts';

/** Asks whether a gate lets the label move; throws `prompt_gate_failed`, or says that it was passed by force. */
export type PassGate = (
  tx: TenantTx,
  move: { at: At; label: string; number: number; force: boolean },
) => Promise<'open' | 'passed' | 'forced'>;

type Named = { workspace_id: string; prompt_id: string; label: string };
export type LabelMove = Named & { version: number; force: boolean; reason: string };
const LABELS_MAX = 50;

/** Puts a label on a version and announces `prompt.label_moved`; throws `label_reserved`, `prompt_gate_failed`. */
export async function moveLabel(
  deps: PromptsDeps & { passGate: PassGate },
  actor: Actor,
  input: LabelMove,
): Promise<Prompt> {
  const { workspace_id: workspaceId, prompt_id: promptId, label, version: number, force, reason } = input;
  if (label === 'latest') throw promptProblem('label_reserved');
  if (force && reason === '') throw promptProblem('reason_needed');
  const at = { organizationId: actor.organization_id, workspaceId, promptId };
  return deps.db.as(actor, async (tx) => {
    const prompt = await lockPrompt(tx, at);
    if (!prompt) throw promptProblem('prompt_not_found');
    await requireVersion(tx, prompt, { version: number });
    const before = await findLabel(tx, at, label);
    if (before === undefined && (await countLabels(tx, at)) >= LABELS_MAX)
      throw promptProblem('too_many_prompts', { limit: LABELS_MAX, things: 'labels of one prompt' });
    const gate = await deps.passGate(tx, { at, label, number, force });
    await putLabel(tx, at, { label, number, movedBy: actor.name });
    await deps.events.announce(tx, actor, {
      type: 'prompt.label_moved',
      subject_type: 'prompt',
      subject_id: promptId,
      workspace_id: workspaceId,
      details: {
        name: prompt.name,
        label,
        from: before ?? null,
        to: number,
        gate,
        ...(force ? { reason } : {}),
      },
    });
    return presentPrompt(await requirePrompt(tx, at));
  });
}

/** Takes a label off and announces `prompt.label_removed`; throws `label_not_found`. */
export async function removeLabel(deps: PromptsDeps, actor: Actor, input: Named): Promise<Prompt> {
  const { workspace_id: workspaceId, prompt_id: promptId, label } = input;
  const at = { organizationId: actor.organization_id, workspaceId, promptId };
  return deps.db.as(actor, async (tx) => {
    const prompt = await lockPrompt(tx, at);
    if (!prompt) throw promptProblem('prompt_not_found');
    const from = await deleteLabel(tx, at, label);
    if (from === undefined) throw promptProblem('label_not_found', { label });
    await deps.events.announce(tx, actor, {
      type: 'prompt.label_removed',
      subject_type: 'prompt',
      subject_id: promptId,
      workspace_id: workspaceId,
      details: { name: prompt.name, label, from },
    });
    return presentPrompt(await requirePrompt(tx, at));
  });
}
