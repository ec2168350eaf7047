// A new prompt with its first version.
import { promptProblem } from '@insula/contract/prompts';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { authorOf } from '../author-of.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { readTemplate } from '../templates/read-template.ts';
import type { Content, Settings, Variable } from '../templates/template.ts';
import { addVersion } from '../versions/store.ts';
import { type PromptWithVersion, presentPrompt, presentVersion } from './present-prompt.ts';
import { requirePrompt, requireVersion } from './require-version.ts';
import { addPrompt, countPrompts } from './store.ts';

export type PromptWords = {
  name: string;
  title: string;
  description: string;
  category: string;
  tags: string[];
  is_enhancement_prompt: boolean;
};
export type VersionWords = { content: Content; variables: Variable[]; settings: Settings; note: string };
export type NewPromptInput = PromptWords & VersionWords;

const PROMPTS_MAX = 10_000;
const FOUND_BY_MAX = 100_000;

/** Creates a prompt and announces `prompt.created`; throws `prompt_name_taken`, `template_invalid`, `workspace_not_found`. */
export async function createPrompt(
  deps: PromptsDeps,
  actor: Actor,
  { workspace_id: workspaceId, ...input }: NewPromptInput & { workspace_id: string },
): Promise<PromptWithVersion> {
  const version = readTemplate(input);
  return deps.db.as(actor, async (tx) => {
    const place = { organizationId: actor.organization_id, workspaceId };
    await deps.requireWorkspace(tx, place);
    const promptId = await insertPrompt(tx, actor, { place, input, versions: [version] });
    await deps.events.announce(tx, actor, {
      type: 'prompt.created',
      subject_type: 'prompt',
      subject_id: promptId,
      workspace_id: workspaceId,
      details: { name: input.name },
    });
    const prompt = await requirePrompt(tx, { ...place, promptId });
    return { ...presentPrompt(prompt), version: presentVersion(await requireVersion(tx, prompt, {})) };
  });
}

type Insertion = {
  place: { organizationId: string; workspaceId: string };
  input: PromptWords;
  /** The oldest first; at least one. */
  versions: readonly VersionWords[];
};

/** The insertion itself, without an event; answers the id. */
export async function insertPrompt(tx: TenantTx, actor: Actor, insertion: Insertion): Promise<string> {
  const { place, input, versions } = insertion;
  if ((await countPrompts(tx, place)) >= PROMPTS_MAX)
    throw promptProblem('too_many_prompts', { limit: PROMPTS_MAX, things: 'prompts' });
  const id = newId();
  const { name, title, description, category, tags, is_enhancement_prompt } = input;
  const added = await addPrompt(tx, {
    organization_id: place.organizationId,
    workspace_id: place.workspaceId,
    id,
    ...{ name, title, description, category, tags, is_enhancement_prompt },
    ...authorOf(actor),
    latest_number: versions.length,
    found_by: foundBy(input, versions.at(-1)!.content),
  });
  if (!added) throw promptProblem('prompt_name_taken', { name });
  for (const [i, version] of versions.entries())
    await addVersion(tx, { ...versionRow(actor, { ...place, promptId: id }, version), number: i + 1 });
  return id;
}

/** The row of a version, without its number. */
export function versionRow(
  actor: Actor,
  at: { organizationId: string; workspaceId: string; promptId: string },
  { content, variables, settings, note }: VersionWords,
) {
  return {
    organization_id: at.organizationId,
    workspace_id: at.workspaceId,
    prompt_id: at.promptId,
    ...{ content, variables, settings, note },
    ...authorOf(actor),
  };
}

/** What a search looks through. */
export function foundBy(input: Pick<PromptWords, 'name' | 'title' | 'tags'>, content: Content): string {
  const texts = typeof content === 'string' ? [content] : content.map((message) => message.content);
  return [input.name, input.title, ...input.tags, ...texts].join('\n').toLowerCase().slice(0, FOUND_BY_MAX);
}
