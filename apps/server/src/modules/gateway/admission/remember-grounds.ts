// What a call stands on, remembered of each workspace until something of its organization changes.
import { createTenantCache } from '../../../platform/cache/create-tenant-cache.ts';
import type { GatewayDeps } from '../index.ts';
import { loadRoutes, type Routes } from '../routing/load-routes.ts';
import type { Grounds } from './require-right.ts';

/** Makes the memory of this server. */
export function rememberGrounds(deps: GatewayDeps) {
  const { db, tenancy } = deps;
  const routes = createTenantCache<Routes>({ invalidation: db.invalidation, max: 20_000 });
  return {
    async loadGrounds(organizationId: string, workspaceId: string): Promise<Grounds> {
      const [entry, configuration, own] = await Promise.all([
        tenancy.directory.getEntry(organizationId),
        tenancy.getConfiguration(organizationId),
        routes.load(organizationId, `routes ${workspaceId}`, () =>
          loadRoutes(deps, organizationId, workspaceId),
        ),
      ]);
      return { configuration, routes: own, planTier: entry.plan_tier };
    },
    /** The same, if all of it is remembered: the hot path does not wait. */
    peekGrounds(organizationId: string, workspaceId: string): Grounds | undefined {
      const entry = tenancy.directory.peek(organizationId);
      const configuration = tenancy.peekConfiguration(organizationId);
      const own = routes.find(organizationId, `routes ${workspaceId}`);
      return entry && configuration && own
        ? { configuration, routes: own, planTier: entry.plan_tier }
        : undefined;
    },
  };
}
