// Setting a budget. What the scope has spent of the running period already counts; calls under way at that moment do not.
import { budgetProblem } from '@insula/contract/budgets';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { requireWholeOrganization } from '../../governance/index.ts';
import { findKeyWorkspace } from '../../identity/index.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { periodOf } from './period-of.ts';
import { presentBudgets, type ShownBudget } from './present-budgets.ts';
import type { Budget } from './reserve-budgets.ts';
import { addBudget, countBudgets, sumSpent } from './store.ts';

export type NewBudget = Pick<
  Budget,
  'name' | 'scope' | 'amount_micros' | 'currency' | 'period' | 'unknown_price'
> & {
  thresholds: number[];
  workspace_id?: string | undefined;
  api_key_id?: string | undefined;
};

const BUDGETS_MAX = 500;
/** A new budget was nowhere else. */
const NONE_YET = new Map();

/** Adds the budget and announces `budget.created`; it holds for calls that begin from now on. */
export async function createBudget(deps: GatewayDeps, actor: Actor, input: NewBudget): Promise<ShownBudget> {
  requireWholeOrganization(actor);
  const { organization_id } = actor;
  const nowMs = deps.clock.now();
  return deps.db.as(actor, async (tx) => {
    const scope = await findScope(tx, { deps, organizationId: organization_id, input });
    if ((await countBudgets(tx, organization_id)) >= BUDGETS_MAX)
      throw budgetProblem('too_many_budgets', { limit: BUDGETS_MAX });
    const opening = await readOpening(tx, { organizationId: organization_id, scope, input, nowMs });
    const { name, amount_micros, currency, period, thresholds, unknown_price } = input;
    const row = await addBudget(tx, {
      organization_id,
      id: newId(nowMs),
      name,
      scope: input.scope,
      workspace_id: scope.workspaceId,
      api_key_id: scope.keyId,
      key_ids: scope.keyId === null ? [] : [scope.keyId],
      amount_micros,
      currency,
      period,
      thresholds: [...thresholds].sort((a, b) => a - b),
      unknown_price,
      ...opening,
    });
    await deps.events.announce(tx, actor, {
      type: 'budget.created',
      subject_type: 'budget',
      subject_id: row.id,
      workspace_id: scope.workspaceId,
      details: { name, scope: input.scope, amount_micros, currency, period, unknown_price },
    });
    const [shown] = await presentBudgets(tx, [row], { nowMs, elsewhere: NONE_YET });
    return shown!;
  });
}

type Scope = { workspaceId: string | null; keyId: string | null };

async function findScope(
  tx: TenantTx,
  at: { deps: GatewayDeps; organizationId: string; input: NewBudget },
): Promise<Scope> {
  const { deps, organizationId, input } = at;
  const { scope, workspace_id, api_key_id } = input;
  const named = [workspace_id && 'workspace_id', api_key_id && 'api_key_id'].filter(Boolean).join();
  const needs = { organization: '', workspace: 'workspace_id', api_key: 'api_key_id' }[scope];
  if (named !== needs) {
    const told = needs === '' ? 'neither workspace_id nor api_key_id' : `${needs} alone`;
    throw budgetProblem('budget_scope_invalid', { scope, needs: told });
  }
  if (api_key_id !== undefined) {
    const workspaceId = await findKeyWorkspace(tx, { organizationId, keyId: api_key_id });
    if (workspaceId === undefined) throw budgetProblem('budget_key_not_found');
    return { workspaceId, keyId: api_key_id };
  }
  await deps.requireWorkspace(tx, { organizationId, workspaceId: workspace_id ?? null });
  return { workspaceId: workspace_id ?? null, keyId: null };
}

/** What counts of the time before the budget; a `total` counts from its beginning on. */
async function readOpening(
  tx: TenantTx,
  at: { organizationId: string; scope: Scope; input: NewBudget; nowMs: number },
): Promise<{ opening_micros: number; opening_period: Date | null }> {
  const { organizationId, scope, input, nowMs } = at;
  if (input.period === 'total') return { opening_micros: 0, opening_period: null };
  const since = new Date(periodOf(input.period, nowMs).startMs);
  const { currency } = input;
  return {
    opening_micros: await sumSpent(tx, { organizationId, ...scope, currency, since }),
    opening_period: since,
  };
}
