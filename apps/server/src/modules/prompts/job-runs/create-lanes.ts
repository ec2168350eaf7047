// Lanes: each takes one row of a job after the other. Bounded for the server and for each organization, and short, so that an
// organization with thousands of rows does not keep the others waiting.
import type { JobRecord, RowRecord } from '../jobs/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import type { RowEnd } from './store.ts';

export type Lanes = ReturnType<typeof createLanes>;
type Steps = {
  run(job: JobRecord, row: RowRecord): Promise<RowEnd | undefined>;
  /** Writes down what came of the row, and gives the next one if it goes on and there is one. */
  finish(
    job: JobRecord,
    row: RowRecord,
    came: { end: RowEnd | undefined; goesOn: boolean },
  ): Promise<RowRecord | undefined>;
  isOpen(): boolean;
};

const SERVER_MAX = 64;
const ORGANIZATION_MAX = 20;
const LANE_MS = 10_000;

/** Makes the lanes of this server. */
export function createLanes({ log }: Pick<PromptsDeps, 'log'>, { run, finish, isOpen }: Steps) {
  const running = new Set<Promise<void>>();
  const byOrganization = new Map<string, number>();

  async function go(job: JobRecord, first: RowRecord): Promise<void> {
    const until = performance.now() + LANE_MS;
    for (let row: RowRecord | undefined = first; row; ) {
      const end: RowEnd | undefined = await run(job, row);
      row = await finish(job, row, { end, goesOn: isOpen() && performance.now() < until });
    }
  }

  return {
    /** How many lanes an organization may open now. */
    roomFor(organizationId: string): number {
      if (!isOpen()) return 0;
      const own = byOrganization.get(organizationId) ?? 0;
      return Math.max(0, Math.min(SERVER_MAX - running.size, ORGANIZATION_MAX - own));
    },
    /** Opens a lane that begins with a row that was taken. What fails in it is logged, and taken over when the lease runs out. */
    open(job: JobRecord, row: RowRecord): void {
      const { organization_id: id } = job;
      byOrganization.set(id, (byOrganization.get(id) ?? 0) + 1);
      const lane = go(job, row)
        .catch((error: Error) =>
          log.error(
            { organization_id: id, job_id: job.id, row: row.number, err: error },
            'a row of a job failed',
          ),
        )
        .finally(() => {
          running.delete(lane);
          const left = byOrganization.get(id)! - 1;
          if (left > 0) byOrganization.set(id, left);
          else byOrganization.delete(id);
        });
      running.add(lane);
    },
    async whenIdle(): Promise<void> {
      await Promise.all(running);
    },
  };
}
