// Changing what is said about a prompt; its words change by new versions only.
import { promptProblem } from '@insula/contract/prompts';
import type { Actor } from '../../../platform/actor.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import type { Content } from '../templates/template.ts';
import { foundBy, type PromptWords } from './create-prompt.ts';
import { type Prompt, presentPrompt } from './present-prompt.ts';
import { requirePrompt, requireVersion } from './require-version.ts';
import { findPromptNamed, lockPrompt, updatePrompt } from './store.ts';

export type PromptChangeInput = { [K in keyof PromptWords]?: PromptWords[K] | undefined } & {
  workspace_id: string;
  prompt_id: string;
};

/** Changes what is given and announces `prompt.changed`; throws `prompt_not_found`, `prompt_name_taken`. */
export async function changePrompt(
  deps: PromptsDeps,
  actor: Actor,
  { workspace_id: workspaceId, prompt_id: promptId, ...input }: PromptChangeInput,
): Promise<Prompt> {
  const at = { organizationId: actor.organization_id, workspaceId, promptId };
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  return deps.db.as(actor, async (tx) => {
    const before = await lockPrompt(tx, at);
    if (!before) throw promptProblem('prompt_not_found');
    const wanted = { ...before, ...given };
    const namesake = await findPromptNamed(tx, { ...at, name: wanted.name });
    if (namesake && namesake.id !== promptId) throw promptProblem('prompt_name_taken', { name: wanted.name });
    const latest = await requireVersion(tx, before, {});
    await updatePrompt(tx, at, { ...given, found_by: foundBy(wanted, latest.content as Content) });
    await deps.events.announce(tx, actor, {
      type: 'prompt.changed',
      subject_type: 'prompt',
      subject_id: promptId,
      workspace_id: workspaceId,
      details: { name: wanted.name, fields: Object.keys(given) },
    });
    return presentPrompt(await requirePrompt(tx, at));
  });
}
