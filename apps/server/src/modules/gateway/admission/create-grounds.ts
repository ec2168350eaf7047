// What is remembered of the place a call is made in, until something of the organization changes.
import { createTenantCache } from '../../../platform/cache/create-tenant-cache.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { loadRoutes } from '../routing/load-routes.ts';
import { loadTerms } from './load-terms.ts';
import type { Grounds } from './require-right.ts';

export type GroundsMemory = {
  /** What a call stands on, read where it is not remembered. */
  loadGrounds(organizationId: string, workspaceId: string): Promise<Grounds>;
  /** The same, if all of it is remembered: the hot path does not wait. */
  peekGrounds(organizationId: string, workspaceId: string): Grounds | undefined;
};

/** What a workspace has turned on besides: reading what goes in and out, and keeping answers. */
export type Extras = {
  loadGuards(organizationId: string, workspaceId: string): Promise<Pick<Grounds, 'guards'>>;
  loadCache(organizationId: string, workspaceId: string): Promise<{ settings: Grounds['cache'] }>;
};

/** Makes the memory of this server: at most 20,000 workspaces, each remembered as a whole. */
export function createGrounds(deps: GatewayDeps, extras: Extras): GroundsMemory {
  const { db, tenancy } = deps;
  const memory = createTenantCache<Grounds>({ invalidation: db.invalidation, max: 20_000 });

  async function read(organizationId: string, workspaceId: string): Promise<Grounds> {
    const [entry, configuration, routes, { guards }, { settings: cache }] = await Promise.all([
      tenancy.directory.getEntry(organizationId),
      tenancy.getConfiguration(organizationId),
      loadRoutes(deps, organizationId, workspaceId),
      extras.loadGuards(organizationId, workspaceId),
      extras.loadCache(organizationId, workspaceId),
    ]);
    const { plan_tier: planTier } = entry;
    const place = { organizationId, workspaceId, planTier, configured: configuration.rate_limits };
    const terms = await loadTerms(deps, place);
    return { configuration, routes, planTier, terms, guards, cache };
  }

  return {
    loadGrounds: (organizationId, workspaceId) =>
      memory.load(organizationId, workspaceId, () => read(organizationId, workspaceId)),
    peekGrounds: (organizationId, workspaceId) => memory.find(organizationId, workspaceId),
  };
}
