// A budget as the contract shows it: with what is spent, reserved and left of its current period.
import type { budget } from '@insula/contract/budgets';
import type { z } from 'zod';
import type { TenantTx } from '../../../platform/db/door.ts';
import { periodOf } from './period-of.ts';
import type { Elsewhere } from './read-elsewhere.ts';
import { type Budget, openingOf } from './reserve-budgets.ts';
import { type BudgetRow, listStandings } from './store.ts';

export type ShownBudget = z.infer<typeof budget>;

/** The row as the gateway remembers it. */
export function budgetOf(row: BudgetRow, elsewhere?: Elsewhere): Budget {
  return {
    id: row.id,
    name: row.name,
    scope: row.scope as Budget['scope'],
    workspace_id: row.workspace_id,
    amount_micros: Number(row.amount_micros),
    currency: row.currency,
    period: row.period as Budget['period'],
    thresholds: row.thresholds,
    unknown_price: row.unknown_price as Budget['unknown_price'],
    opening_micros: Number(row.opening_micros),
    opening_period_ms: row.opening_period?.getTime() ?? null,
    elsewhere: elsewhere?.get(row.id),
  };
}

/** Presents rows of one organization as they stand at a moment. */
export async function presentBudgets(
  tx: TenantTx,
  rows: readonly BudgetRow[],
  { nowMs, elsewhere }: { nowMs: number; elsewhere: Elsewhere },
): Promise<ShownBudget[]> {
  const places = rows.map((row) => ({ row, budget: budgetOf(row, elsewhere) }));
  const periods = places.map(({ budget }) => ({
    budgetId: budget.id,
    start: new Date(periodOf(budget.period, nowMs).startMs),
  }));
  const standings = await listStandings(tx, rows[0]?.organization_id ?? '', periods);
  return places.map(({ row, budget }) => {
    const { startMs, endMs } = periodOf(budget.period, nowMs);
    const standing = standings.find(({ budget_id }) => budget_id === budget.id);
    const spent_micros = (standing?.spent_micros ?? 0) + openingOf(budget, startMs);
    const reserved_micros = standing?.reserved_micros ?? 0;
    const { opening_micros: _o, opening_period_ms: _p, elsewhere: _e, ...shown } = budget;
    return {
      ...shown,
      thresholds: [...shown.thresholds],
      api_key_id: row.api_key_id,
      spent_micros,
      reserved_micros,
      remaining_micros: Math.max(0, budget.amount_micros - spent_micros - reserved_micros),
      period_start: new Date(startMs).toISOString(),
      resets_at: endMs === null ? null : new Date(endMs).toISOString(),
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
    };
  });
}
