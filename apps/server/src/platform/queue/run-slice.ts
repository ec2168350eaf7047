// One slice of claimed work: its lease is renewed while it runs, what it answers decides when its turn comes again. A slice
// that fails comes again after a growing rest; one whose lease was lost is told to stop and changes nothing of the claim.
import type pg from 'pg';
import { NoSuchOrganization } from '../db/door.ts';
import type { Log } from '../log.ts';
import type { Worker } from './create-queue.ts';
import { type Claim, renewWork, returnWork } from './store.ts';

export type SliceDeps = { log: Log; pool: pg.Pool; leaseMs: number };

const REST_MIN_MS = 1_000;
const REST_MAX_MS = 300_000;

/** Runs one slice to its end and puts the work back; never throws. `stopping` asks it to end early. */
export async function runSlice(
  deps: SliceDeps,
  work: { claim: Claim; worker: Worker },
  stopping: AbortSignal,
): Promise<void> {
  const { claim } = work;
  const lost = new AbortController();
  const renewal = setInterval(() => void renew(deps, claim, lost), deps.leaseMs / 3);
  renewal.unref();
  const rest = await restAfter(deps, work, { stopping, lost: lost.signal });
  clearInterval(renewal);
  if (lost.signal.aborted) return;
  await returnWork(deps.pool, claim, rest).catch((error: Error) =>
    // The lease runs out by itself.
    deps.log.warn({ ...named(claim), error: error.message }, 'work could not be put back'),
  );
}

type Rest = { restMs: number | null; failures: number };
type Signals = { stopping: AbortSignal; lost: AbortSignal };

async function restAfter(
  deps: SliceDeps,
  { claim, worker }: { claim: Claim; worker: Worker },
  { stopping, lost }: Signals,
): Promise<Rest> {
  const { organizationId } = claim;
  try {
    const signal = AbortSignal.any([stopping, lost]);
    const outcome = await worker.slice({ organizationId, signal });
    if (outcome === 'done') return { restMs: null, failures: 0 };
    if (outcome === 'more') return { restMs: 0, failures: 0 };
    return { restMs: Math.max(0, outcome.getTime() - Date.now()), failures: 0 };
  } catch (error) {
    // Told to stop: whoever takes it next carries on at once.
    if (stopping.aborted || lost.aborted) return { restMs: 0, failures: claim.failures };
    if (error instanceof NoSuchOrganization) return { restMs: null, failures: 0 };
    const restMs = Math.min(REST_MAX_MS, REST_MIN_MS * 2 ** Math.min(claim.failures, 20));
    deps.log.error({ ...named(claim), restMs, err: error }, 'a slice of work failed; it is tried again');
    return { restMs, failures: claim.failures + 1 };
  }
}

async function renew(deps: SliceDeps, claim: Claim, lost: AbortController): Promise<void> {
  const mine = await renewWork(deps.pool, claim, deps.leaseMs).catch((error: Error) => {
    deps.log.warn({ ...named(claim), error: error.message }, 'a lease of work could not be renewed');
    return true; // unknown: what the slice writes needs the database as well
  });
  if (!mine) lost.abort(new Error('The lease of this work was lost.'));
}

const named = (claim: Claim) => ({ organization_id: claim.organizationId, kind: claim.kind });
