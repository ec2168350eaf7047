// A model suggests a better prompt: the call is metered like every other, the suggestion is kept until somebody accepts it.
import { enhancementProblem } from '@insula/contract/enhancements';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { authorOf } from '../author-of.ts';
import { askModel } from '../calls/ask-model.ts';
import { chooseSettings, chooseVersion } from '../calls/choose-template.ts';
import { requirePrompt } from '../library/require-version.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import type { Content, Settings, Template } from '../templates/template.ts';
import { type Enhancement, presentEnhancement } from './list-enhancements.ts';
import { addEnhancement } from './store.ts';
import { readSuggestion, wordRequest } from './word-request.ts';

export type EnhancementInput = {
  workspace_id: string;
  prompt_id?: string | undefined;
  version?: number | undefined;
  label?: string | undefined;
  content?: Content | undefined;
  instructions: string;
  enhancement_prompt_id?: string | undefined;
  provider?: string | undefined;
  model?: string | undefined;
};
type Grounds = {
  content: Content;
  base: { promptId: string; number: number } | null;
  custom: Template | undefined;
  settings: Settings;
};

/** Asks for a suggestion and announces `enhancement.created`; throws `enhancement_failed`, `enhancement_empty`, `prompt_or_content`. */
export async function createEnhancement(
  deps: PromptsDeps,
  actor: Actor,
  input: EnhancementInput,
): Promise<Enhancement> {
  const { workspace_id: workspaceId, instructions } = input;
  const place = { organizationId: actor.organization_id, workspaceId };
  const { content, base, custom, settings } = await deps.db.as(actor, (tx) =>
    readGrounds(tx, { deps, actor, input }),
  );
  const [id, callId] = [newId(), newId()];
  const { facts } = await askModel(deps, actor, {
    workspaceId,
    messages: wordRequest(content, instructions, custom),
    settings,
    callId,
    origin: { purpose: 'enhancement', subject_id: base?.promptId ?? null, run_id: id, step: null },
  });
  if (facts.state === 'failed') throw enhancementProblem('enhancement_failed', { reason: facts.error });
  const suggestion = readSuggestion(facts.answer ?? '');
  if (!suggestion) throw enhancementProblem('enhancement_empty');
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, place);
    const { provider, model, cost_micros, currency } = facts;
    const row = await addEnhancement(tx, {
      ...{ organization_id: place.organizationId, workspace_id: workspaceId, id, call_id: callId },
      ...{ prompt_id: base?.promptId ?? null, base_number: base?.number ?? null, content, instructions },
      ...{ suggestion: suggestion.content, explanation: suggestion.explanation },
      ...{ provider, model, cost_micros, currency },
      ...authorOf(actor),
    });
    await deps.events.announce(tx, actor, {
      type: 'enhancement.created',
      subject_type: 'enhancement',
      subject_id: id,
      workspace_id: workspaceId,
      details: { prompt_id: row.prompt_id, model },
    });
    return presentEnhancement(row);
  });
}

type Reading = { deps: PromptsDeps; actor: Actor; input: EnhancementInput };

async function readGrounds(tx: TenantTx, { deps, actor, input }: Reading): Promise<Grounds> {
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  await deps.requireWorkspace(tx, place);
  const { prompt_id: promptId, content, enhancement_prompt_id: customId } = input;
  if ((promptId === undefined) === (content === undefined))
    throw enhancementProblem('prompt_or_content', {
      reason: promptId ? 'both were given.' : 'both are missing.',
    });
  const base = promptId
    ? await chooseVersion(tx, actor, { ...place, promptId, version: input.version, label: input.label })
    : undefined;
  const custom = customId ? await chooseVersion(tx, actor, { ...place, promptId: customId }) : undefined;
  if (customId && !(await requirePrompt(tx, { ...place, promptId: customId })).is_enhancement_prompt)
    throw enhancementProblem('not_an_enhancement_prompt');
  const wished = input.model
    ? { provider: input.provider ?? null, model: input.model, parameters: {} }
    : undefined;
  const use = { ...place, actorId: actor.id, use: 'enhancement' as const };
  return {
    content: content ?? base!.template.content,
    base: base?.version ?? null,
    custom: custom?.template,
    settings: await chooseSettings(tx, use, [wished, custom?.settings]),
  };
}
