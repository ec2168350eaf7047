// Accepting a suggestion: it becomes the newest version of its prompt, once.
import { enhancementProblem } from '@insula/contract/enhancements';
import type { Actor } from '../../../platform/actor.ts';
import type { PromptVersion } from '../library/present-prompt.ts';
import { requirePrompt, requireVersion } from '../library/require-version.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { readTemplate } from '../templates/read-template.ts';
import type { Content, Settings, Variable } from '../templates/template.ts';
import { insertVersion } from '../versions/save-version.ts';
import { acceptRow, lockEnhancement } from './store.ts';

/** Saves the suggestion and announces `prompt.version_saved`; throws `enhancement_accepted`, `enhancement_without_prompt`. */
export async function acceptEnhancement(
  deps: PromptsDeps,
  actor: Actor,
  input: { workspace_id: string; enhancement_id: string; note: string },
): Promise<PromptVersion> {
  const { workspace_id: workspaceId, enhancement_id: id } = input;
  const place = { organizationId: actor.organization_id, workspaceId };
  return deps.db.as(actor, async (tx) => {
    const row = await lockEnhancement(tx, { ...place, id });
    if (!row) throw enhancementProblem('enhancement_not_found');
    if (row.prompt_id === null) throw enhancementProblem('enhancement_without_prompt');
    if (row.accepted_number !== null)
      throw enhancementProblem('enhancement_accepted', { version: row.accepted_number });
    const at = { ...place, promptId: row.prompt_id };
    const base = await requireVersion(tx, await requirePrompt(tx, at), { version: row.base_number ?? 1 });
    const words = readTemplate({
      content: row.suggestion as Content,
      variables: base.variables as Variable[],
      settings: base.settings as Settings,
      note: input.note || row.explanation.slice(0, 1_000) || 'Improved',
    });
    const version = await insertVersion(tx, actor, { deps, at, words });
    await acceptRow(tx, { ...place, id, number: version.number });
    return version;
  });
}
