// A copy of one version as a prompt of its own, without history or labels.
import type { Actor } from '../../../platform/actor.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { insertPrompt, type VersionWords } from './create-prompt.ts';
import { type PromptWithVersion, presentPrompt, presentVersion } from './present-prompt.ts';
import { requirePrompt, requireVersion, type Which } from './require-version.ts';

/** Copies the version meant under a new name and announces `prompt.duplicated`; throws `prompt_name_taken`. */
export async function duplicatePrompt(
  deps: PromptsDeps,
  actor: Actor,
  input: Which & { workspace_id: string; prompt_id: string; name: string },
): Promise<PromptWithVersion> {
  const { workspace_id: workspaceId, prompt_id: promptId, name } = input;
  const place = { organizationId: actor.organization_id, workspaceId };
  return deps.db.as(actor, async (tx) => {
    const from = await requirePrompt(tx, { ...place, promptId });
    const version = await requireVersion(tx, from, input);
    const note = `Copied from "${from.name}", version ${version.number}`;
    const words = { ...(version as unknown as VersionWords), note };
    const copyId = await insertPrompt(tx, actor, { place, input: { ...from, name }, versions: [words] });
    await deps.events.announce(tx, actor, {
      type: 'prompt.duplicated',
      subject_type: 'prompt',
      subject_id: copyId,
      workspace_id: workspaceId,
      details: { name, from: promptId, version: version.number },
    });
    const copy = await requirePrompt(tx, { ...place, promptId: copyId });
    return { ...presentPrompt(copy), version: presentVersion(await requireVersion(tx, copy, {})) };
  });
}
