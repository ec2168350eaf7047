// A call that a budget has no room for: what the database answered when the call's worst case was to be reserved.

/** Where the room was lacking; amounts are micro-units of the budget's currency. */
export type BudgetLack = {
  budget_id: string;
  limit_micros: number;
  spent_micros: number;
  /** What the call would have reserved; null: its price is not known. */
  micros: number | null;
};

/** The intent was not written, because a budget has no room for the call. */
export class BudgetRefused extends Error {
  override readonly name = 'BudgetRefused';
  readonly lack: BudgetLack;
  constructor(lack: BudgetLack) {
    super('A budget has no room for this call.');
    this.lack = lack;
  }

  /** Whether there may be room when calls under way have settled: only their reservations are in the way. */
  get isForNow(): boolean {
    const { micros, spent_micros, limit_micros } = this.lack;
    return micros !== null && spent_micros + micros <= limit_micros;
  }
}
