// What a call asks of its budgets before it is made. The price of the worst case is known here, so a price that is not known
// meets each budget's own rule here: it is never taken for zero silently.
import { type BudgetAsk, BudgetRefused, type Cost } from '../ledger/index.ts';
import { type Period, periodOf } from './period-of.ts';

/** A budget as it is remembered; amounts are micro-units of `currency`, thresholds percent of the amount. */
export type Budget = {
  id: string;
  name: string;
  scope: 'organization' | 'workspace' | 'api_key';
  workspace_id: string | null;
  amount_micros: number;
  currency: string;
  period: Period;
  thresholds: readonly number[];
  unknown_price: 'refuse' | 'allow';
  /** What had been spent of one period when the budget was made. */
  opening_micros: number;
  /** Milliseconds since the epoch; null for none. */
  opening_period_ms: number | null;
  /** What was spent in clusters that the organization lived in before, by the beginning of the period. */
  elsewhere?: ReadonlyMap<number, number> | undefined;
};

/** What was spent of a period where this cluster's ledger does not count it: before the budget was made, or in another cluster. */
export function openingOf(budget: Budget, startMs: number): number {
  const opening = budget.opening_period_ms === startMs ? budget.opening_micros : 0;
  return opening + (budget.elsewhere?.get(startMs) ?? 0);
}

/** The asks of a call that begins `atMs` and costs at worst `cost`; throws BudgetRefused when a price is unknown to a budget that refuses that. */
export function reserveBudgets(budgets: readonly Budget[], cost: Cost, atMs: number): BudgetAsk[] {
  const asks: BudgetAsk[] = [];
  for (const budget of budgets) {
    const { startMs } = periodOf(budget.period, atMs);
    const opening = openingOf(budget, startMs);
    const limit_micros = Math.max(0, budget.amount_micros - opening);
    if (cost.cost_micros === null || cost.currency !== budget.currency) {
      if (budget.unknown_price === 'allow') continue;
      throw new BudgetRefused({ budget_id: budget.id, limit_micros, spent_micros: 0, micros: null });
    }
    asks.push({
      budget_id: budget.id,
      period_start: new Date(startMs).toISOString(),
      workspace_id: budget.workspace_id,
      limit_micros,
      micros: cost.cost_micros,
      warn_micros: budget.thresholds.map((percent) => Math.max(0, warnAt(budget, percent) - opening)),
    });
  }
  return asks;
}

/** Spending at which a threshold is reached, rounded up. */
export function warnAt(budget: Pick<Budget, 'amount_micros'>, percent: number): number {
  const { amount_micros: amount } = budget;
  // In two parts, so that no product leaves the whole numbers.
  return Math.floor(amount / 100) * percent + Math.ceil(((amount % 100) * percent) / 100);
}
