// Votes for answers, one a person and comparison; and deleting a comparison.
import { playgroundProblem } from '@insula/contract/playground';
import type { Actor } from '../../../platform/actor.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { type Comparison, readComparison } from './list-comparisons.ts';
import { deleteComparison, putVote } from './store.ts';

type Named = { workspace_id: string; comparison_id: string };

/** Casts or moves a vote and announces `comparison.voted`; throws `comparison_answer_missing`. */
export async function voteComparison(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { position: number; note: string },
): Promise<Comparison> {
  const { workspace_id: workspaceId, comparison_id: id, position, note } = input;
  const at = { organizationId: actor.organization_id, workspaceId, id };
  return deps.db.as(actor, async (tx) => {
    const { answers } = await readComparison(tx, actor, input);
    if (!answers.some((one) => one.position === position && one.state === 'succeeded'))
      throw playgroundProblem('comparison_answer_missing', { position });
    await putVote(tx, at, { voterId: actor.id!, position, note });
    await deps.events.announce(tx, actor, {
      type: 'comparison.voted',
      subject_type: 'comparison',
      subject_id: id,
      workspace_id: workspaceId,
      details: { position },
    });
    return readComparison(tx, actor, input);
  });
}

/** Deletes a comparison with its votes and announces `comparison.removed`. */
export async function removeComparison(
  deps: PromptsDeps,
  actor: Actor,
  { workspace_id: workspaceId, comparison_id: id }: Named,
): Promise<{ id: string; deleted: true }> {
  return deps.db.as(actor, async (tx) => {
    const title = await deleteComparison(tx, { organizationId: actor.organization_id, workspaceId, id });
    if (title === undefined) throw playgroundProblem('comparison_not_found');
    await deps.events.announce(tx, actor, {
      type: 'comparison.removed',
      subject_type: 'comparison',
      subject_id: id,
      workspace_id: workspaceId,
      details: { title },
    });
    return { id, deleted: true };
  });
}
