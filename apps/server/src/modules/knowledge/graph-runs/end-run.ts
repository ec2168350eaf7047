// A run comes to its end by itself: everything is read, or something is in the way.
import { systemActor } from '../../../platform/actor.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { findRun, type RunRow, updateRun } from './store.ts';

/** Ends a run that is under way and announces `graph_run.finished` or `graph_run.stopped`; does nothing when it is over already. */
export async function endRun(
  deps: Pick<KnowledgeDeps, 'db' | 'events'>,
  run: Pick<RunRow, 'organization_id' | 'workspace_id' | 'id'>,
  end: { status: 'stopped' | 'done'; reason: string | null },
): Promise<void> {
  const actor = systemActor(run.organization_id);
  const at = { organizationId: run.organization_id, id: run.id };
  await deps.db.as(actor, async (tx) => {
    const home = { organizationId: run.organization_id, workspaceId: run.workspace_id };
    const held = await findRun(tx, home, { id: run.id, hold: true });
    if (held?.status !== 'running') return;
    const row = await updateRun(tx, at, { ...end, ended_at: new Date() });
    await deps.events.announce(tx, actor, {
      type: end.status === 'done' ? 'graph_run.finished' : 'graph_run.stopped',
      subject_type: 'graph_run',
      subject_id: run.id,
      workspace_id: run.workspace_id,
      details: {
        ...{ reason: end.reason, done: row.done_count, failed: row.failed_count },
        ...{ facts: row.fact_count, spent_micros: Number(row.spent_micros), currency: row.currency },
      },
    });
  });
}
