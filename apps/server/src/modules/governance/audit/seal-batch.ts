// One step of sealing: what waits is put behind the end of the chain, and a checkpoint is signed over the new end, all in
// one transaction. Every transaction ends with a checkpoint, so the chain never has an end that nobody signed.
import { systemActor } from '../../../platform/actor.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/db/create-database.ts';
import type { Signer } from '../../../platform/keys/index.ts';
import { GENESIS, hashEvent } from '../chain/hash-event.ts';
import { signCheckpoint } from '../chain/sign-checkpoint.ts';
import {
  addCheckpoint,
  addSeals,
  type EventRow,
  findHead,
  listWaiting,
  removeWaiting,
  tryChain,
} from './store.ts';

/** Events sealed at most in one transaction, and so the widest gap between two checkpoints. */
export const BATCH_MAX = 500;

export type SealDeps = { db: Pick<Database, 'as'>; signer: Signer; clock: Clock };
/** How many events were sealed and whether more may wait; `busy` when somebody else is at it. */
export type SealStep = { sealed: number; more: boolean } | 'busy';

/** Seals at most 500 waiting events of one organization. */
export async function sealBatch(deps: SealDeps, organizationId: string): Promise<SealStep> {
  return deps.db.as(systemActor(organizationId), async (tx) => {
    if (!(await tryChain(tx, organizationId))) return 'busy';
    const waiting = await listWaiting(tx, organizationId, BATCH_MAX);
    if (waiting.length === 0) return { sealed: 0, more: false };
    const fresh = waiting.filter((event) => event.seq === null);
    if (fresh.length > 0) {
      const head = (await findHead(tx, organizationId)) ?? { seq: 0, hash: GENESIS };
      const seals = chain(head, fresh);
      const end = seals.at(-1)!;
      await addSeals(
        tx,
        organizationId,
        seals.map(({ seq, event_id, hash }) => ({ seq, event_id, hash: hash.toString('hex') })),
      );
      const at = { organizationId, seq: end.seq, hash: end.hash, nowMs: deps.clock.now() };
      await addCheckpoint(tx, signCheckpoint(deps.signer, at));
    }
    await removeWaiting(
      tx,
      organizationId,
      waiting.map((event) => event.id),
    );
    return { sealed: fresh.length, more: waiting.length === BATCH_MAX };
  });
}

function chain(head: { seq: number; hash: Buffer }, events: EventRow[]) {
  let { seq, hash } = head;
  return events.map((event) => {
    seq += 1;
    hash = hashEvent(hash, seq, event);
    return { seq, event_id: event.id, hash };
  });
}
