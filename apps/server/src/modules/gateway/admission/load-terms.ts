// The terms on which a workspace's calls are admitted: limits, caps and budgets, put together once and remembered until
// something of the organization changes.
import type { OwnLimits } from '@insula/contract/configuration';
import { systemActor } from '../../../platform/actor.ts';
import { budgetOf } from '../budgets/present-budgets.ts';
import { readElsewhere } from '../budgets/read-elsewhere.ts';
import type { Budget } from '../budgets/reserve-budgets.ts';
import { listBudgetsOf } from '../budgets/store.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { type Cap, type Limited, limitationsOf } from './limitations-of.ts';
import { limitsOf, tighter, weightOf } from './limits-of.ts';
import type { Principal } from './require-right.ts';
import { restoreMonths } from './restore-months.ts';

/** What holds for one caller. */
export type CallerTerms = { limited: readonly Limited[]; caps: readonly Cap[]; countsTokens: boolean };

export type Terms = {
  organizationId: string;
  /** The share of the organization when the server is saturated. */
  weight: number;
  limited: Limited[];
  caps: Cap[];
  /** The budgets that hold for everybody here; undefined when there are none. */
  budgets: readonly Budget[] | undefined;
  /** With the budgets of single keys. */
  budgetsByKey: ReadonlyMap<string, readonly Budget[]>;
  /** Remembered per caller. */
  callers: Map<string, CallerTerms>;
};

type Place = { organizationId: string; workspaceId: string; planTier: string; configured: OwnLimits };
const CALLERS_MAX = 10_000;

/** Reads the terms of a workspace. */
export async function loadTerms(
  deps: Pick<GatewayDeps, 'db' | 'tenancy' | 'limits' | 'clock'>,
  place: Place,
): Promise<Terms> {
  const { organizationId, workspaceId, planTier, configured } = place;
  const { rows, own } = await deps.db.as(systemActor(organizationId), async (tx) => ({
    rows: await listBudgetsOf(tx, place),
    own: await deps.tenancy.findWorkspaceLimits(tx, place),
  }));
  const elsewhere = rows.length > 0 ? await readElsewhere(deps, organizationId) : undefined;
  const held = (row: (typeof rows)[number]) => budgetOf(row, elsewhere);
  const whole = limitationsOf(
    'organization',
    { organizationId, parts: ['organization'] },
    limitsOf(planTier, configured),
  );
  const room = limitationsOf('workspace', { organizationId, parts: ['workspace', workspaceId] }, own);
  const limited = [...whole.limited, ...room.limited];
  await restoreMonths(deps, place, limited);
  const shared = rows.filter((row) => row.scope !== 'api_key').map(held);
  const byKey = new Map<string, Budget[]>();
  for (const row of rows.filter(({ scope }) => scope === 'api_key'))
    for (const id of row.key_ids) byKey.set(id, [...(byKey.get(id) ?? shared), held(row)]);
  return {
    organizationId,
    weight: weightOf(planTier),
    limited,
    caps: [...whole.caps, ...room.caps],
    budgets: shared.length > 0 ? shared : undefined,
    budgetsByKey: byKey,
    callers: new Map(),
  };
}

/** The budgets that hold for a caller; undefined when none does. */
export function budgetsFor(terms: Terms, principal: Pick<Principal, 'id'>): readonly Budget[] | undefined {
  return terms.budgetsByKey.size === 0
    ? terms.budgets
    : (terms.budgetsByKey.get(principal.id) ?? terms.budgets);
}

/** What is counted for a caller: its own limits before those of the workspace and the organization. */
export function termsFor(terms: Terms, principal: Principal): CallerTerms {
  const known = terms.callers.get(principal.id);
  if (known) return known;
  const own = tighter(principal.rate_limits ?? {}, { requests_per_minute: principal.rate_limit_per_minute });
  const place = { organizationId: terms.organizationId, parts: ['caller', principal.id] };
  const { limited, caps } = limitationsOf('API key', place, own);
  const all = [...limited, ...terms.limited];
  const made = {
    limited: all,
    caps: [...caps, ...terms.caps],
    countsTokens: all.some(({ unit }) => unit === 'tokens'),
  };
  if (terms.callers.size < CALLERS_MAX) terms.callers.set(principal.id, made);
  return made;
}
