// The queue: a job says where there is work, the organization's rows say what. Work is told in the transaction that makes it,
// so neither can be there without the other; workers take the organization that has waited longest, do a slice of some seconds
// and put it back at the end of the line. A killed worker's lease runs out, and another carries on.
import type { Database } from '../db/create-database.ts';
import type { TenantTx } from '../db/door.ts';
import type { Log } from '../log.ts';
import { createCrew } from './create-crew.ts';
import { NEW_WORK, tellWork } from './store.ts';

/** `done`: nothing is left. `more`: it goes on at the next turn. A date: nothing to do before then. */
export type SliceOutcome = 'done' | 'more' | Date;

export type Worker = {
  /**
   * Does some seconds' worth. It may be run twice at the same time when a lease ran out, so what it writes must bear that; it
   * ends soon after `signal` aborts. What it throws is logged and tried again after 1 s, 2 s … 5 minutes.
   */
  slice(turn: { organizationId: string; signal: AbortSignal }): Promise<SliceOutcome>;
};

export type QueueOptions = {
  db: Pick<Database, 'clusters' | 'invalidation'>;
  log: Log;
  /** Slices at once. Default 2. */
  workers?: number;
  /** How long a claim holds without being renewed. Default 30 s. */
  leaseMs?: number;
  /** Time between two looks for work of which no notice came: due later, or left by a killed server. Default 1 s. */
  lookMs?: number;
};

export type Queue = {
  /** Says in the transaction that makes it that there is work of that kind, due now or at `at`; written right before the commit. */
  tell(tx: TenantTx, organizationId: string, kind: string, due?: { at?: Date }): Promise<void>;
  /** Names who does that kind of work; before `start`. */
  on(kind: string, worker: Worker): void;
  start(): void;
  /** Asks slices under way to end and waits for them. */
  stop(): Promise<void>;
};

/** Makes the queue; nothing is claimed before `start`. */
export function createQueue(options: QueueOptions): Queue {
  const workers = new Map<string, Worker>();
  const crew = createCrew(options, workers);
  options.db.invalidation.onChange((subject) => {
    if (subject === NEW_WORK) crew.wake();
  });
  return {
    tell: async (tx, organizationId, ...[kind, due]) => tellWork(tx, organizationId, { kind, at: due?.at }),
    on(kind, worker) {
      if (workers.has(kind)) throw new Error(`Somebody does the work ${kind} already.`);
      workers.set(kind, worker);
    },
    start: crew.start,
    stop: crew.stop,
  };
}
