// This server among its peers: a heartbeat in every cluster, so that the sweeper knows whose calls nobody will settle.
import type { Log } from '../log.ts';
import type { Clusters } from './clusters.ts';

const BEAT_MS = 3_000;

export type Replica = { id: string; start(): Promise<void>; stop(): Promise<void> };

/** Announces the replica in every cluster until it is stopped. */
export function createReplica(options: { id: string; clusters: Clusters; log: Log }): Replica {
  const { id, clusters, log } = options;
  const everywhere = (text: string) =>
    Promise.all(clusters.names().map((name) => clusters.get(name).app.query(text, [id])));
  let timer: NodeJS.Timeout | undefined;
  return {
    id,
    async start() {
      await everywhere('select platform.beat($1)');
      timer = setInterval(() => {
        everywhere('select platform.beat($1)').catch((error: Error) =>
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
