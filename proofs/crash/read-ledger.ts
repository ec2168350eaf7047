// The ledger as its owner sees it, read when no server runs: intents and settlements by call.
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

export type LedgerRow = {
  id: string;
  attempt: number;
  provider: string;
  phase: number;
  usage_source: string;
  cost_micros: string | null;
  status: number | null;
  failure: string | null;
};

const ALL_ROWS =
  'select id::text, attempt, provider, phase, usage_source, cost_micros::text, status, failure from ledger.entries';

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
  /** Attempts behind the first one of a call. */
  furtherAttempts: number;
  /** Answered calls with an attempt that has no settlement. */
  unsettled: number;
  /** Attempts with more than one settlement. */
  settledTwice: number;
  /** Answered calls with an attempt that only a sweep settled. */
  sweptThoughAnswered: number;
  swept: number;
  /** Orphans settled as something else than estimated, or with another cost than the worst case. */
  sweptWrongly: number;
  /** Intents that nothing ever settled. */
  open: number;
  /** Requests that reached a provider without an intent. */
  withoutIntent: number;
};

type Seen = {
  /** Ids of the calls whose answer arrived whole. */
  answered: Iterable<string>;
  /** Ids of the calls that reached providers which are told them, once for each request. */
  reached: Iterable<string>;
  /** Requests at providers that are not told the id, by provider. */
  counted?: Readonly<Record<string, number>>;
};

const keyOf = ({ id, attempt }: LedgerRow) => `${id} ${attempt}`;

/** Compares what callers saw and what the providers saw with the ledger, attempt by attempt. */
export function judgeLedger(rows: LedgerRow[], seen: Seen): Verdict {
  const intents = rows.filter((row) => row.phase === 0);
  const byCall = Map.groupBy(intents, (row) => row.id);
  const settlements = Map.groupBy(
    rows.filter((row) => row.phase > 0),
    keyOf,
  );
  const swept = rows.filter((row) => row.phase === 2);
  const answered = [...seen.answered];
  const has = (id: string, isWrong: (intent: LedgerRow) => boolean) => byCall.get(id)?.some(isWrong) ?? true;
  const isOpen = (intent: LedgerRow) => !settlements.has(keyOf(intent));
  const isSwept = (intent: LedgerRow) =>
    settlements.get(keyOf(intent))?.every((row) => row.phase === 2) ?? false;
  return {
    answered: answered.length,
    intents: intents.length,
    furtherAttempts: intents.filter((row) => row.attempt > 1).length,
    unsettled: answered.filter((id) => has(id, isOpen)).length,
    settledTwice: [...settlements.values()].filter((list) => list.length > 1).length,
    sweptThoughAnswered: answered.filter((id) => byCall.has(id) && has(id, isSwept)).length,
    swept: swept.length,
    sweptWrongly: swept.filter((row) => !isEstimate(row, byCall.get(row.id))).length,
    open: intents.filter(isOpen).length,
    withoutIntent: countWithoutIntent(intents, seen),
  };
}

/** An orphan costs what its intent put down, the worst case; that is not known where the price is not. */
function isEstimate(row: LedgerRow, intents: LedgerRow[] = []): boolean {
  const intent = intents.find(({ attempt }) => attempt === row.attempt);
  return row.usage_source === 'estimated' && row.cost_micros === intent?.cost_micros;
}

function countWithoutIntent(intents: LedgerRow[], { reached, counted = {} }: Seen): number {
  const told = intents.filter((row) => !(row.provider in counted));
  const left = Map.groupBy(told, (row) => row.id);
  let missing = 0;
  for (const id of reached) if (!left.get(id)?.pop()) missing++;
  for (const [provider, requests] of Object.entries(counted))
    missing += Math.max(0, requests - intents.filter((row) => row.provider === provider).length);
  return missing;
}

/** Whether nothing is wrong, and there was something to be wrong with. */
export function isSound(verdict: Verdict): boolean {
  const { unsettled, settledTwice, sweptThoughAnswered, sweptWrongly, open, withoutIntent } = verdict;
  return (
    verdict.answered > 0 &&
    unsettled + settledTwice + sweptThoughAnswered + sweptWrongly + open + withoutIntent === 0
  );
}
