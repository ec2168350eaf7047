// An organization that was moved to another cluster has spent where it was before: what other clusters' ledgers hold of its
// budgets counts as well. Read with the budgets themselves, never on the way of a call.
import { withOwner } from '../../../platform/db/owner.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { listPeriods } from './store.ts';

/** Micro-units by budget, and by the beginning of the period (ms since the epoch). */
export type Elsewhere = ReadonlyMap<string, ReadonlyMap<number, number>>;

const NOTHING: Elsewhere = new Map();

/** What is spent and reserved of the organization's budgets in clusters that it does not live in; with one cluster, nothing is asked. */
export async function readElsewhere(
  deps: Pick<GatewayDeps, 'db' | 'tenancy'>,
  organizationId: string,
): Promise<Elsewhere> {
  const { clusters } = deps.db;
  if (clusters.names().length === 1) return NOTHING;
  const { cluster: home } = await deps.tenancy.directory.getEntry(organizationId);
  const others = clusters.names().filter((name) => name !== home);
  const read = (name: string) =>
    withOwner(clusters.get(name), (owner) => owner.transact((tx) => listPeriods(tx, organizationId)));
  const found = new Map<string, Map<number, number>>();
  for (const { budget_id, start_ms, micros } of (await Promise.all(others.map(read))).flat()) {
    const periods = found.get(budget_id) ?? new Map<number, number>();
    found.set(budget_id, periods.set(start_ms, (periods.get(start_ms) ?? 0) + micros));
  }
  return found;
}
