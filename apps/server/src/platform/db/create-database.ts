// The database as the modules see it: doors, caches that know when they are stale, and the owner's connections for the few
// who provision.

import { PLATFORM_ORGANIZATION } from '../actor.ts';
import { createTenantCache } from '../cache/create-tenant-cache.ts';
import type { Log } from '../log.ts';
import type { Clusters } from './clusters.ts';
import { createDoor } from './door.ts';
import { createInvalidation } from './invalidation.ts';

export type Database = ReturnType<typeof createDatabase>;

/** Builds doors and invalidation on clusters that are migrated. `start` begins to listen for changes. */
export function createDatabase(options: {
  clusters: Clusters;
  log: Log;
  plugins?: import('kysely').KyselyPlugin[];
}) {
  const { clusters } = options;
  const invalidation = createInvalidation({
    clusters: clusters.names().map((n) => clusters.get(n)),
    log: options.log,
  });
  const placements = createTenantCache<{ cluster: string | undefined }>({ invalidation, max: 50_000 });
  const stale = new Set<string>();

  async function readCluster(organizationId: string): Promise<{ cluster: string | undefined }> {
    const { rows } = await clusters.get('main').app.query<{ cluster: string }>({
      name: 'cluster_of',
      text: 'select platform.cluster_of($1) as cluster',
      values: [organizationId],
    });
    return { cluster: rows[0]?.cluster ?? undefined };
  }

  const door = createDoor({
    poolOf: (cluster) => clusters.get(cluster).app,
    async clusterOf(organizationId) {
      if (organizationId === PLATFORM_ORGANIZATION) return 'main';
      if (stale.delete(organizationId)) return (await readCluster(organizationId)).cluster;
      const found =
        placements.find(organizationId, 'cluster') ??
        (await placements.load(organizationId, 'cluster', () => readCluster(organizationId)));
      return found.cluster;
    },
    changed: invalidation.changed,
    forgetCluster: (organizationId) => void stale.add(organizationId),
    ...(options.plugins ? { plugins: options.plugins } : {}),
  });

  return {
    ...door,
    clusters,
    invalidation,
    /** Resolves when the cluster answers. */
    ping: (cluster: string) => clusters.get(cluster).app.query('select 1'),
    start: invalidation.start,
    async stop() {
      await invalidation.stop();
      await clusters.close();
    },
  };
}
