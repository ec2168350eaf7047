// Thresholds that were passed become events of the organization, each once a period, whichever replica comes first.
import { systemActor } from '../../../platform/actor.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import type { DueBudget } from '../ledger/index.ts';
import { budgetOf } from './present-budgets.ts';
import { readElsewhere } from './read-elsewhere.ts';
import { openingOf, warnAt } from './reserve-budgets.ts';
import { addNotice, findBudget } from './store.ts';

/** Announces `budget.reached` for every threshold that the spending has reached and that was not announced yet. */
export async function tellReached(
  deps: Pick<GatewayDeps, 'db' | 'events' | 'tenancy'>,
  due: DueBudget,
): Promise<void> {
  const { organization_id, budget_id, period_start } = due;
  const actor = systemActor(organization_id, 'budgets');
  const elsewhere = await readElsewhere(deps, organization_id);
  await deps.db.as(actor, async (tx) => {
    const row = await findBudget(tx, { organizationId: organization_id, id: budget_id });
    if (!row) return;
    const budget = budgetOf(row, elsewhere);
    const spent_micros = due.spent_micros + openingOf(budget, period_start.getTime());
    for (const percent of budget.thresholds) {
      if (warnAt(budget, percent) > spent_micros) continue;
      if (!(await addNotice(tx, { organization_id, budget_id, period_start, percent }))) continue;
      const { amount_micros, currency, period, name } = budget;
      await deps.events.announce(tx, actor, {
        type: 'budget.reached',
        subject_type: 'budget',
        subject_id: budget_id,
        workspace_id: row.workspace_id,
        details: { name, percent, spent_micros, amount_micros, currency, period, period_start },
      });
    }
  });
}
