// How a server learns that something it remembers has changed: NOTIFY in the transaction of the change, a listener on
// every cluster, and a heartbeat. While a listener cannot prove that it hears, nothing remembered is trusted.
import type { Log } from '../log.ts';
import type { Cluster } from './clusters.ts';
import { createEar } from './create-ear.ts';

export { CHANNEL } from './create-ear.ts';

export type Invalidation = {
  /** Grows whenever something of the organization changed; what was remembered under an earlier epoch is stale. */
  epochOf(organizationId: string): number;
  /** Something of the organization changed here: its own server need not wait to be told. */
  changed(organizationId: string): void;
  /** False while changes could be missed: then read from the database. */
  fresh(): boolean;
  onChange(listener: (organizationId: string) => void): void;
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Most organizations whose changes are told apart; beyond it everything is forgotten at once. */
const EPOCHS_MAX = 50_000;

/** Listens on all clusters given. */
export function createInvalidation(options: { clusters: Cluster[]; log: Log }): Invalidation {
  const epochs = new Map<string, number>();
  const listeners: ((organizationId: string) => void)[] = [];
  let base = 1;

  const forgetAll = () => {
    for (const epoch of epochs.values()) base = Math.max(base, epoch);
    base++;
    epochs.clear();
  };
  const changed = (organizationId: string) => {
    if (epochs.size >= EPOCHS_MAX) forgetAll();
    epochs.set(organizationId, (epochs.get(organizationId) ?? base) + 1);
    for (const listener of listeners) listener(organizationId);
  };
  const ears = options.clusters.map((cluster) =>
    createEar({ cluster, log: options.log, onHeard: changed, onDeafnessOver: forgetAll }),
  );

  return {
    changed,
    epochOf: (organizationId) => epochs.get(organizationId) ?? base,
    fresh: () => ears.every((ear) => ear.hears()),
    onChange: (listener) => void listeners.push(listener),
    start: async () => void (await Promise.all(ears.map((ear) => ear.start()))),
    stop: async () => void (await Promise.all(ears.map((ear) => ear.stop()))),
  };
}
