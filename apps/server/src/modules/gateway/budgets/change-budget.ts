// Changing and removing a budget. A change holds for the next call on every server; what is reserved stays reserved.
import { budgetProblem } from '@insula/contract/budgets';
import type { Actor } from '../../../platform/actor.ts';
import { requireWholeOrganization } from '../../governance/index.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { presentBudgets, type ShownBudget } from './present-budgets.ts';
import { readElsewhere } from './read-elsewhere.ts';
import { deleteBudget, findBudget, updateBudget } from './store.ts';

export type BudgetChange = {
  name?: string | undefined;
  amount_micros?: number | undefined;
  thresholds?: number[] | undefined;
  unknown_price?: 'refuse' | 'allow' | undefined;
};

/** Changes what is given and announces `budget.changed`; throws `budget_not_found`. */
export async function changeBudget(
  deps: GatewayDeps,
  actor: Actor,
  input: BudgetChange & { budget_id: string },
): Promise<ShownBudget> {
  requireWholeOrganization(actor);
  const { budget_id: id, name, amount_micros, thresholds, unknown_price } = input;
  const fields = { name, amount_micros, unknown_price, thresholds: thresholds?.toSorted((a, b) => a - b) };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const elsewhere = await readElsewhere(deps, actor.organization_id);
  return deps.db.as(actor, async (tx) => {
    const row = await updateBudget(tx, { organizationId: actor.organization_id, id }, given);
    if (!row) throw budgetProblem('budget_not_found');
    await deps.events.announce(tx, actor, {
      type: 'budget.changed',
      subject_type: 'budget',
      subject_id: id,
      workspace_id: row.workspace_id,
      details: given,
    });
    const [shown] = await presentBudgets(tx, [row], { nowMs: deps.clock.now(), elsewhere });
    return shown!;
  });
}

/** Removes the budget and announces `budget.removed`; throws `budget_not_found`. */
export async function removeBudget(
  deps: GatewayDeps,
  actor: Actor,
  id: string,
): Promise<{ id: string; deleted: true }> {
  requireWholeOrganization(actor);
  return deps.db.as(actor, async (tx) => {
    const place = { organizationId: actor.organization_id, id };
    const row = await findBudget(tx, place);
    if (!row) throw budgetProblem('budget_not_found');
    await deleteBudget(tx, place);
    await deps.events.announce(tx, actor, {
      type: 'budget.removed',
      subject_type: 'budget',
      subject_id: id,
      workspace_id: row.workspace_id,
      details: { name: row.name, scope: row.scope },
    });
    return { id, deleted: true };
  });
}
