// The ledger of model calls: what the rest of the gateway, and the modules below it, may use.
export { type BudgetLack, BudgetRefused } from '../budgets/budget-refused.ts';
export { LedgerUnavailable } from './create-committer.ts';
export { createLedger, type Ledger, type LedgerDeps, type LedgerStats } from './create-ledger.ts';
export { createPrices, type ListedPrice, type Prices, publishPrices } from './create-prices.ts';
export type { DueBudget } from './create-upkeep.ts';
export { type Cost, type Price, priceCall, type TokenCounts } from './price-call.ts';
export { priceList } from './price-list.ts';
export {
  type CallsCursor,
  type CallsFilter,
  type CallTotals,
  countCallsSince,
  findSettled,
  type LedgerCall,
  listCalls,
  sumCalls,
  sumRuns,
  type TotalsBy,
} from './store.ts';
export type { LedgerTables, PricesTable } from './tables.ts';
export {
  type BudgetAsk,
  type Entry,
  LedgerRowError,
  type Origin,
  timeOfId,
  type UsageSource,
} from './write-row.ts';
