// What is remembered of the place a call is made in, until something of the organization changes.
import { createTenantCache } from '../../../platform/cache/create-tenant-cache.ts';
import type { GatewayDeps } from '../index.ts';
import { loadRoutes, type Routes } from '../routing/load-routes.ts';
import { loadTerms, type Terms } from './load-terms.ts';
import type { Grounds } from './require-right.ts';

export type GroundsMemory = {
  /** What a call stands on, read where it is not remembered. */
  loadGrounds(organizationId: string, workspaceId: string): Promise<Grounds>;
  /** The same, if all of it is remembered: the hot path does not wait. */
  peekGrounds(organizationId: string, workspaceId: string): Grounds | undefined;
};

/** Makes the memory of this server: at most 20,000 workspaces. */
export function createGrounds(deps: GatewayDeps): GroundsMemory {
  const { db, tenancy } = deps;
  const routes = createTenantCache<Routes>({ invalidation: db.invalidation, max: 20_000 });
  const terms = createTenantCache<Terms>({ invalidation: db.invalidation, max: 20_000 });

  async function loadGrounds(organizationId: string, workspaceId: string): Promise<Grounds> {
    const [entry, configuration, own] = await Promise.all([
      tenancy.directory.getEntry(organizationId),
      tenancy.getConfiguration(organizationId),
      routes.load(organizationId, `routes ${workspaceId}`, () =>
        loadRoutes(deps, organizationId, workspaceId),
      ),
    ]);
    const { plan_tier: planTier } = entry;
    const place = { organizationId, workspaceId, planTier, configured: configuration.rate_limits };
    const held = await terms.load(organizationId, `terms ${workspaceId}`, () => loadTerms(deps, place));
    return { configuration, routes: own, planTier, terms: held };
  }

  function peekGrounds(organizationId: string, workspaceId: string): Grounds | undefined {
    const entry = tenancy.directory.peek(organizationId);
    const configuration = tenancy.peekConfiguration(organizationId);
    const own = routes.find(organizationId, `routes ${workspaceId}`);
    const held = terms.find(organizationId, `terms ${workspaceId}`);
    return entry && configuration && own && held
      ? { configuration, routes: own, planTier: entry.plan_tier, terms: held }
      : undefined;
  }

  return { loadGrounds, peekGrounds };
}
