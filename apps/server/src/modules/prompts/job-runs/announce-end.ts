// The end of a job, told once, by whoever wrote down its last row.
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { JobRecord } from '../jobs/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { placeOf } from './run-row.ts';
import { endJob } from './store.ts';

/** Ends the job if all its rows have, and announces `job.finished`. */
export async function announceEnd(
  tx: TenantTx,
  { deps, job }: { deps: PromptsDeps; job: JobRecord },
): Promise<void> {
  const ended = await endJob(tx, placeOf(job));
  if (!ended) return;
  await deps.events.announce(tx, actorOf(job), {
    type: 'job.finished',
    subject_type: 'job',
    subject_id: job.id,
    workspace_id: job.workspace_id,
    details: { name: job.name, purpose: job.purpose, ...ended },
  });
}

/** Who asked for a job, for the trail; it may nothing. */
export function actorOf(job: JobRecord): Actor {
  return {
    kind: job.actor_kind as Actor['kind'],
    id: job.actor_id,
    name: job.actor_name,
    organization_id: job.organization_id,
    workspaces: '*',
    permissions: new Set(),
  };
}
