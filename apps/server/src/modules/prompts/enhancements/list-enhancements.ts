// Reading suggestions.
import { type enhancement, enhancementProblem } from '@insula/contract/enhancements';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { presentAuthor } from '../author-of.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { listPlaceholders } from '../templates/read-template.ts';
import type { Content } from '../templates/template.ts';
import { type EnhancementRow, findEnhancement, listEnhancements as readEnhancements } from './store.ts';

export type Enhancement = z.output<typeof enhancement>;

/** A suggestion as the contract shows it. */
export function presentEnhancement(row: EnhancementRow): Enhancement {
  const [content, suggestion] = [row.content as Content, row.suggestion as Content];
  const kept = new Set(listPlaceholders(suggestion));
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    prompt_id: row.prompt_id,
    base_version: row.base_number,
    content,
    instructions: row.instructions,
    suggestion,
    explanation: row.explanation,
    missing_variables: listPlaceholders(content).filter((name) => !kept.has(name)),
    provider: row.provider,
    model: row.model,
    cost_micros: row.cost_micros === null ? null : Number(row.cost_micros),
    currency: row.currency,
    accepted_version: row.accepted_number,
    author: presentAuthor(row),
    created_at: row.created_at.toISOString(),
  };
}

/** A page of suggestions, newest first; throws `workspace_not_found`. */
export async function listEnhancements(
  deps: PromptsDeps,
  actor: Actor,
  input: { workspace_id: string; prompt_id?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<{ data: Enhancement[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, place);
    const rows = await readEnhancements(tx, {
      ...place,
      promptId: input.prompt_id,
      limit: input.limit,
      before,
    });
    return pageOf(rows, input.limit, presentEnhancement);
  });
}

/** One suggestion; throws `enhancement_not_found`. */
export async function getEnhancement(
  deps: PromptsDeps,
  actor: Actor,
  input: { workspace_id: string; enhancement_id: string },
): Promise<Enhancement> {
  const at = {
    organizationId: actor.organization_id,
    workspaceId: input.workspace_id,
    id: input.enhancement_id,
  };
  const row = await deps.db.as(actor, (tx) => findEnhancement(tx, at));
  if (!row) throw enhancementProblem('enhancement_not_found');
  return presentEnhancement(row);
}
