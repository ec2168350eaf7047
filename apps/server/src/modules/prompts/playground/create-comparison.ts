// The same question to several models or versions at once. What is asked is written down first, each answer when it is there:
// a comparison whose server died has the answers that came before.
import { playgroundProblem } from '@insula/contract/playground';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { authorOf } from '../author-of.ts';
import { askModel } from '../calls/ask-model.ts';
import { type Chosen, chooseSettings, chooseVersion } from '../calls/choose-template.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { readTemplate } from '../templates/read-template.ts';
import { renderTemplate } from '../templates/render-template.ts';
import type { Content, Message, Settings, Template, Variable } from '../templates/template.ts';
import { type Comparison, getComparison } from './list-comparisons.ts';
import { addComparison, type NewAnswer, recordAnswer } from './store.ts';

export type Candidate = {
  prompt_id?: string | undefined;
  version?: number | undefined;
  label?: string | undefined;
  settings: Settings;
};
export type ComparisonInput = {
  workspace_id: string;
  title: string;
  content?: Content | undefined;
  variables: Variable[];
  values: Record<string, unknown>;
  candidates: Candidate[];
};
type Asking = NewAnswer & { settings: Settings; messages: Message[] };

/** Asks all candidates and announces `comparison.created`; throws `comparison_candidate_invalid`, `variables_invalid`. */
export async function createComparison(
  deps: PromptsDeps,
  actor: Actor,
  input: ComparisonInput,
): Promise<Comparison> {
  const { workspace_id: workspaceId, title, content = null, values } = input;
  const id = newId();
  const at = { organizationId: actor.organization_id, workspaceId, id };
  const own = content === null ? undefined : readTemplate({ content, variables: input.variables });
  const askings = await deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, at);
    const found: Asking[] = [];
    for (const [i, candidate] of input.candidates.entries())
      found.push(await openCandidate(tx, actor, { input, own, candidate, position: i + 1 }));
    const rows = found.map(({ messages: _, ...row }) => row);
    const place = { organization_id: at.organizationId, workspace_id: workspaceId, id };
    await addComparison(tx, { ...place, title, content, values, ...authorOf(actor) }, rows);
    await deps.events.announce(tx, actor, {
      type: 'comparison.created',
      subject_type: 'comparison',
      subject_id: id,
      workspace_id: workspaceId,
      details: { candidates: found.length },
    });
    return found;
  });
  await Promise.all(askings.map((asking) => ask(deps, actor, { at, asking })));
  return getComparison(deps, actor, { workspace_id: workspaceId, comparison_id: id });
}

type Opening = {
  input: ComparisonInput;
  own: Template | undefined;
  candidate: Candidate;
  position: number;
};

async function openCandidate(tx: TenantTx, actor: Actor, opening: Opening): Promise<Asking> {
  const { input, own, candidate, position } = opening;
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const { prompt_id: promptId, version, label } = candidate;
  const chosen: Chosen | undefined =
    promptId === undefined
      ? own && { template: own, settings: candidate.settings, version: null }
      : await chooseVersion(tx, actor, { ...place, promptId, version, label });
  if (!chosen)
    throw playgroundProblem('comparison_candidate_invalid', {
      position,
      reason: 'give it a prompt, or the comparison content.',
    });
  const use = { ...place, actorId: actor.id, use: 'chat' as const };
  return {
    position,
    prompt_id: chosen.version?.promptId ?? null,
    prompt_number: chosen.version?.number ?? null,
    settings: await chooseSettings(tx, use, [candidate.settings, chosen.settings]),
    messages: renderTemplate(chosen.template, input.values),
    call_id: newId(),
  };
}

type Asked = { at: { organizationId: string; workspaceId: string; id: string }; asking: Asking };

async function ask(deps: PromptsDeps, actor: Actor, { at, asking }: Asked): Promise<void> {
  const { messages, settings, position, call_id: callId, prompt_id } = asking;
  const { facts } = await askModel(deps, actor, {
    workspaceId: at.workspaceId,
    messages,
    settings,
    callId,
    cache: 'no-store', // side by side: each candidate answers itself, and its cost and time are its own
    origin: { purpose: 'comparison', subject_id: prompt_id, run_id: at.id, step: position },
  });
  await deps.db.as(actor, (tx) => recordAnswer(tx, { ...at, position }, facts));
}
