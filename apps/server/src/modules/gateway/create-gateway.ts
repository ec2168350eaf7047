// The gateway put together: the relay over the ledgers, and what is remembered of each workspace.
import { createAdmission } from './admission/create-admission.ts';
import { createGrounds } from './admission/create-grounds.ts';
import { followRotation } from './budgets/follow-rotation.ts';
import { createLedgers, type LedgerOptions } from './create-ledgers.ts';
import type { GatewayDeps } from './index.ts';
import { createRelay } from './relay/index.ts';
import { createAccessWatch } from './routing/create-access-watch.ts';

export type Gateway = ReturnType<typeof createGateway>;

const LIMITS = {
  maxCallMs: 600_000,
  firstByteMs: 120_000,
  idleMs: 120_000,
  maxResponseBytes: 64 * 1_048_576,
};

/** Builds the gateway; `start` opens the ledgers and begins to sweep. */
export function createGateway(deps: GatewayDeps, options: LedgerOptions) {
  const { log, egress } = deps;
  const { byCluster, prices, ledgers, start, stop } = createLedgers(deps, options);
  followRotation(deps);
  const relay = createRelay({
    dispatcherFor: egress.dispatcherFor,
    ledger: byCluster,
    prices,
    replicaId: options.replicaId,
    log,
    limits: LIMITS,
  });

  return {
    deps,
    relay,
    ledgers,
    admit: createAdmission(deps, options),
    ...createGrounds(deps),
    watchAccess: createAccessWatch(deps),
    start,
    stop,
  };
}
