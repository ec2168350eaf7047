// The ledger as its owner sees it, read when no server runs: intents and settlements by call.
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

export type LedgerRow = {
  id: string;
  attempt: number;
  phase: number;
  usage_source: string;
  cost_micros: string | null;
  status: number | null;
  failure: string | null;
};

const ALL_ROWS =
  'select id::text, attempt, phase, usage_source, cost_micros::text, status, failure from ledger.entries';

/** All rows of the ledger: from PostgreSQL, or from the embedded database in the data folder. */
export async function readLedger(place: {
  databaseUrl: string | undefined;
  dataDir: string;
}): Promise<LedgerRow[]> {
  if (place.databaseUrl === undefined) return readFolder(join(place.dataDir, 'database', 'postgres'));
  const client = new pg.Client(place.databaseUrl);
  await client.connect();
  return (await client.query<LedgerRow>(ALL_ROWS).finally(() => client.end())).rows;
}

async function readFolder(folder: string): Promise<LedgerRow[]> {
  const database = await PGlite.create(folder);
  return (await database.query<LedgerRow>(ALL_ROWS).finally(() => database.close())).rows;
}

export type Verdict = {
  answered: number;
  intents: number;
  /** Answered calls without a settlement of their own. */
  unsettled: number;
  /** Attempts with more than one settlement. */
  settledTwice: number;
  /** Answered calls that only a sweep settled. */
  sweptThoughAnswered: number;
  swept: number;
  /** Orphans settled as something else than estimated, or without the worst-case price. */
  sweptWrongly: number;
  /** Intents that nothing ever settled. */
  open: number;
  /** Calls that reached the provider without an intent. */
  withoutIntent: number;
};

/** Compares what callers saw and what the provider saw with the ledger. */
export function judgeLedger(
  rows: LedgerRow[],
  seen: { answered: Iterable<string>; reached: Iterable<string> },
): Verdict {
  const intents = new Set(rows.filter((row) => row.phase === 0).map((row) => row.id));
  const settlements = Map.groupBy(
    rows.filter((row) => row.phase > 0),
    (row) => row.id,
  );
  const swept = rows.filter((row) => row.phase === 2);
  const answered = [...seen.answered];
  return {
    answered: answered.length,
    intents: intents.size,
    unsettled: answered.filter((id) => !settlements.has(id)).length,
    settledTwice: [...settlements.values()].filter(
      (list) => new Set(list.map((row) => row.attempt)).size < list.length,
    ).length,
    sweptThoughAnswered: answered.filter((id) => settlements.get(id)?.every((row) => row.phase === 2)).length,
    swept: swept.length,
    sweptWrongly: swept.filter((row) => row.usage_source !== 'estimated' || row.cost_micros === null).length,
    open: [...intents].filter((id) => !settlements.has(id)).length,
    withoutIntent: [...seen.reached].filter((id) => !intents.has(id)).length,
  };
}

/** Whether nothing is wrong, and there was something to be wrong with. */
export function isSound(verdict: Verdict): boolean {
  const { unsettled, settledTwice, sweptThoughAnswered, sweptWrongly, open, withoutIntent } = verdict;
  return (
    verdict.answered > 0 &&
    unsettled + settledTwice + sweptThoughAnswered + sweptWrongly + open + withoutIntent === 0
  );
}
