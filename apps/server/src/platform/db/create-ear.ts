// One listener on one cluster: reconnects by itself, and knows at every moment whether it could have missed something.
import pg from 'pg';
import type { Log } from '../log.ts';
import type { Cluster } from './clusters.ts';

/** The channel on which every change of an organization is told. */
export const CHANNEL = 'insula';

const HEARTBEAT_MS = 500;
const LEASE_MS = 2_000;
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5_000;

export type EarOptions = {
  cluster: Cluster;
  log: Log;
  onHeard(organizationId: string): void;
  /** What happened until now is unknown. */
  onDeafnessOver(): void;
};

/** A listener; `hears` is false from two seconds after its last proven heartbeat. */
export function createEar(options: EarOptions) {
  let client: pg.Client | undefined;
  let heardAt = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  const lose = (lost: pg.Client) => {
    if (client !== lost) return;
    client = undefined;
    heardAt = Number.NEGATIVE_INFINITY;
    lost.end().catch(() => {});
    if (!isStopped)
      options.log.warn(
        { cluster: options.cluster.name },
        'lost the listener for changes; reading from the database until it is back',
      );
  };

  async function beat(): Promise<void> {
    const sentAt = performance.now();
    if (client) {
      const asked = client;
      await withDeadline(asked.query('select 1')).catch((error: Error) => {
        lose(asked);
        throw error;
      });
    } else {
      client = await openListener(options, lose);
      options.onDeafnessOver();
    }
    heardAt = sentAt;
  }

  const rhythm = createRhythm(beat);
  return {
    hears: () => performance.now() - heardAt < LEASE_MS,
    async start(): Promise<void> {
      await beat();
      rhythm.start();
    },
    async stop(): Promise<void> {
      isStopped = true;
      await rhythm.stop();
      await client?.end().catch(() => {});
    },
  };
}

async function openListener(
  { cluster, onHeard }: EarOptions,
  onLost: (client: pg.Client) => void,
): Promise<pg.Client> {
  const client = new pg.Client({
    ...cluster.appConnection,
    application_name: 'insula-listener',
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => onLost(client));
  client.on('end', () => onLost(client));
  client.on('notification', (message) => onHeard(message.payload ?? ''));
  await client.connect();
  await client.query(`listen ${CHANNEL}`);
  return client;
}

/** Repeats `beat` until stopped: steadily while it works, at growing pauses while it fails. */
function createRhythm(beat: () => Promise<void>) {
  let isStopped = false;
  let wake: (() => void) | undefined;
  let looping: Promise<void> | undefined;
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, ms).unref();
    });
  async function loop(): Promise<void> {
    let retryMs = RETRY_MIN_MS;
    while (!isStopped) {
      await pause(retryMs === RETRY_MIN_MS ? HEARTBEAT_MS : retryMs);
      if (isStopped) return;
      retryMs = await beat().then(
        () => RETRY_MIN_MS,
        () => Math.min(retryMs * 2, RETRY_MAX_MS),
      );
    }
  }
  return {
    start: () => {
      looping = loop();
    },
    async stop() {
      isStopped = true;
      wake?.();
      await looping;
    },
  };
}

function withDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No heartbeat within ${LEASE_MS} ms.`)), LEASE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
