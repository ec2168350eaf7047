// Reading budgets, each with the standing of its current period.
import { budgetProblem } from '@insula/contract/budgets';
import type { Actor } from '../../../platform/actor.ts';
import { cursorOf, idOfCursor } from '../../../platform/lists.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { presentBudgets, type ShownBudget } from './present-budgets.ts';
import { readElsewhere } from './read-elsewhere.ts';
import { findBudget, listBudgets as readBudgets } from './store.ts';

/** A page of budgets, newest first. */
export async function listBudgets(
  deps: GatewayDeps,
  actor: Actor,
  input: { limit: number; cursor?: string | undefined },
): Promise<{ data: ShownBudget[]; next_cursor: string | null }> {
  const page = {
    organizationId: actor.organization_id,
    limit: input.limit,
    before: idOfCursor(input.cursor),
  };
  const elsewhere = await readElsewhere(deps, actor.organization_id);
  return deps.db.as(actor, async (tx) => {
    const rows = await readBudgets(tx, page);
    const shown = rows.slice(0, input.limit);
    const last = shown.at(-1);
    return {
      data: await presentBudgets(tx, shown, { nowMs: deps.clock.now(), elsewhere }),
      next_cursor: rows.length > input.limit && last ? cursorOf(last.id) : null,
    };
  });
}

/** One budget; throws `budget_not_found`. */
export async function getBudget(deps: GatewayDeps, actor: Actor, id: string): Promise<ShownBudget> {
  const elsewhere = await readElsewhere(deps, actor.organization_id);
  return deps.db.as(actor, async (tx) => {
    const row = await findBudget(tx, { organizationId: actor.organization_id, id });
    if (!row) throw budgetProblem('budget_not_found');
    const [shown] = await presentBudgets(tx, [row], { nowMs: deps.clock.now(), elsewhere });
    return shown!;
  });
}
