// The four group commits of a ledger: intents and settlements, and apart from them those of calls that have a budget, which
// wait for each other's locks. A call without a budget never waits for somebody else's.

import { type Committer, type CommitterOptions, createCommitter } from '../create-committer.ts';
import { openSpool, type Spool } from '../open-spool.ts';
import { hasBudgets } from '../write-row.ts';
import { BudgetRefused } from './budget-refused.ts';

export type Books = {
  intents: Committer;
  settlements: Committer;
  budgetedIntents: Committer;
  budgetedSettlements: Committer;
  spool: Spool;
};

type BooksOptions = Pick<CommitterOptions, 'connect' | 'statementTimeoutMs'> & {
  log: Parameters<typeof openSpool>[1];
  spoolFile: string;
  /** What a connection is set to, with these settings of its own. */
  sessionOf(settings: string): string;
  onUp(): void;
  onDown(): void;
};

const INTEND = { name: 'ledger_intend', text: 'select ledger.intend($1::json) as lacks' };
const SETTLE = { name: 'ledger_settle', text: 'select ledger.settle($1::json)' };

/** Opens the books; what waits on disk is replayed whenever the database comes. */
export function openBooks(options: BooksOptions): Books {
  const { connect, log, statementTimeoutMs, sessionOf, onUp, onDown } = options;
  const timeout = `set statement_timeout = ${statementTimeoutMs};`;
  // An intent has to survive this process, not a power cut of the database's machine: its commit is not synced.
  const unsynced = sessionOf(`${timeout} set synchronous_commit = off`);
  const committing = { connect, log, statementTimeoutMs };
  const replay = () => replaySpool(books);
  const books: Books = {
    intents: createCommitter({ ...committing, setup: unsynced, onUp, onDown }),
    settlements: createCommitter({ ...committing, setup: sessionOf(timeout), onUp: replay }),
    budgetedIntents: createCommitter({
      ...committing,
      setup: unsynced,
      statement: INTEND,
      refusalsIn: readLacks,
    }),
    budgetedSettlements: createCommitter({
      ...committing,
      setup: sessionOf(timeout),
      statement: SETTLE,
      onUp: replay,
    }),
    spool: openSpool(options.spoolFile, log),
  };
  return books;
}

/** Writes a settlement by the statement that its budgets need. */
export function writeSettlement(books: Books, row: string): Promise<void> {
  return (hasBudgets(row) ? books.budgetedSettlements : books.settlements).write(row);
}

/** Writes what waits on disk, as far as the database takes it. */
export function replaySpool(books: Books): void {
  void books.spool.replay((row) => writeSettlement(books, row));
}

/** Whether calls can be recorded. */
export function isUp({ intents, settlements, budgetedIntents, budgetedSettlements }: Books): boolean {
  return intents.isUp() && settlements.isUp() && budgetedIntents.isUp() && budgetedSettlements.isUp();
}

/** Commits what is under way, then closes. */
export async function closeBooks(books: Books): Promise<void> {
  const { intents, settlements, budgetedIntents, budgetedSettlements } = books;
  await Promise.all([intents, settlements, budgetedIntents, budgetedSettlements].map((each) => each.stop()));
  await books.spool.whenIdle();
}

type Lack = BudgetRefused['lack'] & { n: number };

function readLacks(rows: unknown[]): Map<number, Error> {
  const { lacks } = rows[0] as { lacks: Lack[] };
  return new Map(lacks.map(({ n, ...lack }) => [n - 1, new BudgetRefused(lack)]));
}
