// How a server learns that something it remembers has changed: NOTIFY in the transaction of the change, a listener on
// every cluster, and a heartbeat. While a listener cannot prove that it hears, nothing remembered is trusted.
import pg from 'pg';
import type { Log } from '../log.ts';
import type { Cluster } from './clusters.ts';

const HEARTBEAT_MS = 500;
const LEASE_MS = 2_000;
export const CHANNEL = 'insula';

export type Invalidation = {
  /** Grows whenever something of the organization changed; what was remembered under an earlier epoch is stale. */
  epochOf(organizationId: string): number;
  /** False while changes could be missed: then read from the database. */
  fresh(): boolean;
  onChange(listener: (organizationId: string) => void): void;
  start(): Promise<void>;
  stop(): Promise<void>;
};

type Ear = { cluster: Cluster; client: pg.Client | undefined; heardAt: number; retryMs: number };

/** Listens on all clusters given. */
export function createInvalidation(options: { clusters: Cluster[]; log: Log }): Invalidation {
  const epochs = new Map<string, number>();
  const listeners: ((organizationId: string) => void)[] = [];
  const ears: Ear[] = options.clusters.map((cluster) => ({
    cluster,
    client: undefined,
    heardAt: 0,
    retryMs: 100,
  }));
  let base = 1;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const changed = (organizationId: string) => {
    // The map only holds what changed since the last full reset; it stays small by resetting itself.
    if (epochs.size > 50_000) forgetAll();
    epochs.set(organizationId, (epochs.get(organizationId) ?? base) + 1);
    for (const listener of listeners) listener(organizationId);
  };
  const forgetAll = () => {
    base = Math.max(base, ...epochs.values()) + 1;
    epochs.clear();
  };

  async function connect(ear: Ear): Promise<void> {
    const client = new pg.Client({
      ...ear.cluster.appConnection,
      application_name: 'insula-listener',
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => drop(ear));
    client.on('end', () => drop(ear));
    client.on('notification', (message) => changed(message.payload ?? ''));
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
    ear.client = client;
    ear.retryMs = 100;
    forgetAll(); // what happened while nobody listened is unknown
    ear.heardAt = performance.now();
  }

  function drop(ear: Ear): void {
    const { client } = ear;
    ear.client = undefined;
    ear.heardAt = 0;
    client?.removeAllListeners('end');
    client?.end().catch(() => {});
    if (client && !stopped)
      options.log.warn(
        { cluster: ear.cluster.name },
        'lost the listener for changes; reading from the database until it is back',
      );
  }

  async function beat(ear: Ear): Promise<void> {
    try {
      if (!ear.client) await connect(ear);
      const sentAt = performance.now();
      await withDeadline(ear.client!.query('select 1'), LEASE_MS);
      if (ear.client) ear.heardAt = sentAt;
    } catch {
      drop(ear);
      ear.retryMs = Math.min(ear.retryMs * 2, 5_000);
      await new Promise((resolve) => setTimeout(resolve, ear.retryMs));
    }
  }

  async function loop(ear: Ear): Promise<void> {
    while (!stopped) {
      await beat(ear);
      await new Promise((resolve) => {
        timer = setTimeout(resolve, HEARTBEAT_MS);
      });
    }
  }

  return {
    epochOf: (organizationId) => epochs.get(organizationId) ?? base,
    fresh: () => {
      const now = performance.now();
      return ears.every((ear) => now - ear.heardAt < LEASE_MS);
    },
    onChange: (listener) => void listeners.push(listener),
    async start() {
      await Promise.all(ears.map(connect));
      for (const ear of ears) void loop(ear);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await Promise.all(ears.map((ear) => ear.client?.end().catch(() => {})));
    },
  };
}

function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${ms} ms.`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
