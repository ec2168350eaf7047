// A server that counts alone forgets when it restarts. A minute is soon over; a month is not, and the ledger knows it.
import { systemActor } from '../../../platform/actor.ts';
import { MONTH } from '../../../platform/limits/index.ts';
import { periodOf } from '../budgets/period-of.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { countCallsSince } from '../ledger/index.ts';
import type { Limited } from './limitations-of.ts';

/** Tells monthly limits of an organization and a workspace what the ledger holds of this month, where nothing was counted yet. */
export async function restoreMonths(
  deps: Pick<GatewayDeps, 'db' | 'limits' | 'clock'>,
  place: { organizationId: string; workspaceId: string },
  limited: readonly Limited[],
): Promise<void> {
  const blank = limited.filter(
    ({ subject }) =>
      subject.windows.some(({ seconds }) => seconds === MONTH) && deps.limits.isBlank(subject.key, MONTH),
  );
  if (blank.length === 0) return;
  const since = new Date(periodOf('month', deps.clock.now()).startMs);
  const used = await deps.db.as(systemActor(place.organizationId), (tx) =>
    countCallsSince(tx, { ...place, since }),
  );
  for (const { whose, unit, subject } of blank)
    deps.limits.restore({
      key: subject.key,
      seconds: MONTH,
      used: used[whose === 'workspace' ? 'workspace' : 'organization'][unit],
    });
}
