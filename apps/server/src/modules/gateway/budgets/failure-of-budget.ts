// How a caller is told that a budget has no room. Like OpenAI's own exhausted quota it is a 429 of the type
// `insufficient_quota`: its SDKs raise RateLimitError, and do not try again when told not to.
import type { BudgetRefused } from '../ledger/index.ts';
import { type Failure, failureOf } from '../relay/failure-of.ts';
import { periodOf } from './period-of.ts';
import type { Budget } from './reserve-budgets.ts';

const MICROS = 1_000_000;

/** The failure of a call that a budget refused at `nowMs`. */
export function failureOfBudget(refused: BudgetRefused, budgets: readonly Budget[], nowMs: number): Failure {
  const { lack, isForNow } = refused;
  const budget = budgets.find(({ id }) => id === lack.budget_id);
  if (!budget) return failureOf('budget_exceeded', { isFinal: true });
  const named = `The budget "${budget.name}" of this ${budget.scope.replace('api_key', 'API key')}`;
  if (lack.micros === null)
    return failureOf('budget_price_unknown', {
      message: `${named} refuses calls whose price in ${budget.currency} is not known. Use a model with a price, or set the budget's unknown_price to "allow".`,
    });
  if (isForNow) {
    const message = `${named} is taken up by calls under way. Try again in a moment.`;
    return failureOf('budget_exceeded', { message, retryAfter: '1' });
  }
  const { endMs } = periodOf(budget.period, nowMs);
  const opening = budget.amount_micros - lack.limit_micros;
  const spent = ((lack.spent_micros + opening) / MICROS).toFixed(2);
  const amounts = `${spent} of ${(budget.amount_micros / MICROS).toFixed(2)} ${budget.currency} are spent, and this call may cost ${(lack.micros / MICROS).toFixed(6)}`;
  const message = `${named} has no room for this call: ${amounts}. ${nextStep(endMs)}`;
  const waits = endMs === null ? {} : { retryAfter: String(Math.max(1, Math.ceil((endMs - nowMs) / 1_000))) };
  return failureOf('budget_exceeded', { message, isFinal: true, ...waits });
}

function nextStep(endMs: number | null): string {
  if (endMs === null) return 'Ask an administrator to raise it.';
  return `Ask an administrator to raise it, or wait until ${new Date(endMs).toISOString()}.`;
}
