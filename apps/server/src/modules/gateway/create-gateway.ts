// The gateway put together: the relay over the ledgers, and what is remembered of each workspace.
import { createTenantCache } from '../../platform/cache/create-tenant-cache.ts';
import type { Grounds } from './admission/require-right.ts';
import { createLedgers, type LedgerOptions } from './create-ledgers.ts';
import type { GatewayDeps } from './index.ts';
import { createRelay } from './relay/index.ts';
import { createAccessWatch } from './routing/create-access-watch.ts';
import { loadRoutes, type Routes } from './routing/load-routes.ts';

export type Gateway = ReturnType<typeof createGateway>;

const LIMITS = {
  maxCallMs: 600_000,
  firstByteMs: 120_000,
  idleMs: 120_000,
  maxResponseBytes: 64 * 1_048_576,
};

/** Builds the gateway; `start` opens the ledgers and begins to sweep. */
export function createGateway(deps: GatewayDeps, options: LedgerOptions) {
  const { db, log, tenancy, egress } = deps;
  const { byCluster, prices, ledgers, start, stop } = createLedgers(deps, options);
  const routes = createTenantCache<Routes>({ invalidation: db.invalidation, max: 20_000 });
  const relay = createRelay({
    dispatcherFor: egress.dispatcherFor,
    ledger: byCluster,
    prices,
    replicaId: options.replicaId,
    log,
    limits: LIMITS,
  });

  async function loadGrounds(organizationId: string, workspaceId: string): Promise<Grounds> {
    const [entry, configuration, own] = await Promise.all([
      tenancy.directory.getEntry(organizationId),
      tenancy.getConfiguration(organizationId),
      routes.load(organizationId, `routes ${workspaceId}`, () =>
        loadRoutes(deps, organizationId, workspaceId),
      ),
    ]);
    return { configuration, routes: own, planTier: entry.plan_tier };
  }

  /** What a call stands on, if all of it is remembered: the hot path does not wait. */
  function peekGrounds(organizationId: string, workspaceId: string): Grounds | undefined {
    const entry = tenancy.directory.peek(organizationId);
    const configuration = tenancy.peekConfiguration(organizationId);
    const own = routes.find(organizationId, `routes ${workspaceId}`);
    return entry && configuration && own
      ? { configuration, routes: own, planTier: entry.plan_tier }
      : undefined;
  }

  return {
    deps,
    prices,
    relay,
    ledgers,
    loadGrounds,
    peekGrounds,
    watchAccess: createAccessWatch(deps),
    start,
    stop,
  };
}
