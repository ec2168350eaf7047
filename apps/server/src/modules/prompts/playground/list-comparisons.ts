// Reading comparisons with their answers, and how the reader voted.
import { type comparison, playgroundProblem } from '@insula/contract/playground';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { presentAuthor } from '../author-of.ts';
import { settingsOf } from '../library/present-prompt.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import type { Content } from '../templates/read-template.ts';
import {
  type AnswerRow,
  type ComparisonRow,
  findComparison,
  listAnswers,
  listOwnVotes,
  listComparisons as readComparisons,
} from './store.ts';

export type Comparison = z.output<typeof comparison>;

/** A page of comparisons, newest first; throws `workspace_not_found`. */
export async function listComparisons(
  deps: PromptsDeps,
  actor: Actor,
  input: { workspace_id: string; limit: number; cursor?: string | undefined },
): Promise<{ data: Comparison[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, place);
    const rows = await readComparisons(tx, { ...place, limit: input.limit, before });
    const present = await openPresenter(tx, actor, rows);
    return pageOf(rows, input.limit, (row) => present(row));
  });
}

/** One comparison; throws `comparison_not_found`. */
export async function getComparison(
  deps: PromptsDeps,
  actor: Actor,
  input: { workspace_id: string; comparison_id: string },
): Promise<Comparison> {
  return deps.db.as(actor, (tx) => readComparison(tx, actor, input));
}

/** The same in a transaction that is open already. */
export async function readComparison(
  tx: TenantTx,
  actor: Actor,
  input: { workspace_id: string; comparison_id: string },
): Promise<Comparison> {
  const { workspace_id: workspaceId, comparison_id: id } = input;
  const row = await findComparison(tx, { organizationId: actor.organization_id, workspaceId, id });
  if (!row) throw playgroundProblem('comparison_not_found');
  return (await openPresenter(tx, actor, [row]))(row);
}

async function openPresenter(tx: TenantTx, actor: Actor, rows: ComparisonRow[]) {
  const [first] = rows;
  const ids = rows.map(({ id }) => id);
  const place = { organizationId: actor.organization_id, workspaceId: first?.workspace_id ?? '', ids };
  const answers = Map.groupBy(await listAnswers(tx, place), (answer) => answer.comparison_id);
  const votes = await listOwnVotes(tx, { ...place, voterId: actor.id ?? '' });
  return (row: ComparisonRow): Comparison => ({
    id: row.id,
    workspace_id: row.workspace_id,
    title: row.title,
    content: row.content as Content | null,
    values: row.values as Record<string, unknown>,
    answers: (answers.get(row.id) ?? []).map(presentAnswer),
    own_vote: votes.get(row.id) ?? null,
    author: presentAuthor(row),
    created_at: row.created_at.toISOString(),
  });
}

function presentAnswer(row: AnswerRow): Comparison['answers'][number] {
  const { position, prompt_id, state, answer, error_code, error, provider, model } = row;
  const { input_tokens, output_tokens, currency, latency_ms, call_id, votes } = row;
  return {
    ...{ position, prompt_id, prompt_version: row.prompt_number, settings: settingsOf(row.settings) },
    ...{ state, answer, error_code, error, provider, model, input_tokens, output_tokens },
    cost_micros: row.cost_micros === null ? null : Number(row.cost_micros),
    ...{ currency, latency_ms, call_id, votes },
  };
}
