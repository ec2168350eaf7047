// This server among its peers: a heartbeat in every cluster, so that the sweeper knows whose calls nobody will settle.
import type { Log } from '../log.ts';
import type { Clusters } from './clusters.ts';

const BEAT_MS = 3_000;
const COUNT = 'select platform.count_replicas() as n';

export type Replica = {
  id: string;
  /** How many replicas live, as known at the last heartbeat; at least 1. */
  countLive(): number;
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Announces the replica in every cluster until it is stopped. */
export function createReplica(options: { id: string; clusters: Clusters; log: Log }): Replica {
  const { id, clusters, log } = options;
  const everywhere = (text: string) =>
    Promise.all(clusters.names().map((name) => clusters.get(name).app.query(text, [id])));
  let timer: NodeJS.Timeout | undefined;
  let live = 1;
  async function beat(): Promise<void> {
    await everywhere('select platform.beat($1)');
    const { rows } = await clusters.get('main').app.query<{ n: number }>(COUNT);
    live = rows[0]?.n ?? live;
  }
  return {
    id,
    countLive: () => live,
    async start() {
      await beat();
      timer = setInterval(() => {
        beat().catch((error: Error) =>
          log.warn({ error: error.message }, 'the heartbeat did not reach the database'),
        );
      }, BEAT_MS);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await everywhere('select platform.retire($1)').catch(() => {});
    },
  };
}
