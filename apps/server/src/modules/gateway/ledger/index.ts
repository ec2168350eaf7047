// The ledger of model calls: what the rest of the gateway may use.
export { LedgerUnavailable } from './commit-rows.ts';
export { createLedger, type Ledger, type LedgerDeps, type LedgerStats } from './create-ledger.ts';
export { type Entry, LedgerRowError, timeOfId, type UsageSource } from './entry.ts';
export { type Cost, type Price, priceCall, type TokenCounts } from './price-call.ts';
export { priceList } from './price-list.ts';
export { createPrices, type ListedPrice, listPrices, type Prices, publishPrices } from './prices.ts';
export {
  type CallsCursor,
  type CallsFilter,
  type CallTotals,
  type LedgerCall,
  listCalls,
  sumCalls,
  type TotalsBy,
} from './store.ts';
export type { LedgerTables } from './tables.ts';
