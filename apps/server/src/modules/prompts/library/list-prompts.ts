// Reading prompts: pages of them, one by its id, one by its name as programs know it.
import { promptProblem } from '@insula/contract/prompts';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { renderTemplate } from '../templates/render-template.ts';
import {
  type Prompt,
  type PromptWithVersion,
  presentPrompt,
  presentVersion,
  templateOf,
} from './present-prompt.ts';
import { requirePrompt, requireVersion, type Which } from './require-version.ts';
import { findPromptNamed, type PromptRow, listPrompts as readPrompts } from './store.ts';

type Flag = 'true' | 'false' | undefined;
export type PromptQuery = {
  workspace_id: string;
  limit: number;
  cursor?: string | undefined;
  search?: string | undefined;
  category?: string | undefined;
  tag?: string | undefined;
  label?: string | undefined;
  author_id?: string | undefined;
  enhancement?: Flag;
  removed?: Flag;
};

const flagOf = (said: Flag) => (said === undefined ? undefined : said === 'true');

/** A page of prompts, newest first; throws `workspace_not_found`. */
export async function listPrompts(
  deps: PromptsDeps,
  actor: Actor,
  input: PromptQuery,
): Promise<{ data: Prompt[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const { limit, search, category, tag, label, author_id: authorId } = input;
  const flags = { isEnhancement: flagOf(input.enhancement), isRemoved: flagOf(input.removed) };
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, place);
    const filter = { search, category, tag, label, authorId, ...flags };
    const rows = await readPrompts(tx, { ...place, ...filter, limit, before });
    return pageOf(rows, limit, (row) => presentPrompt(row as PromptRow));
  });
}

/** A prompt with the version meant; throws `prompt_not_found`, `prompt_version_not_found`, `label_not_found`. */
export async function getPrompt(
  deps: PromptsDeps,
  actor: Actor,
  input: Which & { workspace_id: string; prompt_id: string },
): Promise<PromptWithVersion> {
  const { workspace_id: workspaceId, prompt_id: promptId } = input;
  const at = { organizationId: actor.organization_id, workspaceId, promptId };
  return deps.db.as(actor, async (tx) => withVersion(tx, await requirePrompt(tx, at), input));
}

/** The same by name: what a program asks for, with the label it lives by. */
export async function getPromptByName(
  deps: PromptsDeps,
  actor: Actor,
  input: Which & { workspace_id: string; name: string },
): Promise<PromptWithVersion> {
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  return deps.db.as(actor, async (tx) => {
    const row = await findPromptNamed(tx, { ...place, name: input.name });
    if (!row) throw promptProblem('prompt_not_found');
    return withVersion(tx, row, input);
  });
}

async function withVersion(tx: TenantTx, row: PromptRow, which: Which): Promise<PromptWithVersion> {
  return { ...presentPrompt(row), version: presentVersion(await requireVersion(tx, row, which)) };
}

/** What a version becomes with these values; throws `variables_invalid`. */
export async function renderPrompt(
  deps: PromptsDeps,
  actor: Actor,
  input: Which & { workspace_id: string; prompt_id: string; values: Record<string, unknown> },
) {
  const { workspace_id: workspaceId, prompt_id: promptId } = input;
  const at = { organizationId: actor.organization_id, workspaceId, promptId };
  const version = await deps.db.as(actor, async (tx) =>
    requireVersion(tx, await requirePrompt(tx, at), input),
  );
  return { version: version.number, messages: renderTemplate(templateOf(version), input.values) };
}
