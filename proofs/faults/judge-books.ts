// The ledger against what callers saw: an intent and exactly one settlement for every attempt, with a status that fits.
import { readLedger } from '../crash/read-ledger.ts';
import type { Made } from './run.ts';

type Row = Awaited<ReturnType<typeof readLedger>>[number];

/** Reads the ledger, when the server has stopped, and compares it call by call. */
export async function judgeBooks(
  place: Parameters<typeof readLedger>[0],
  made: readonly Made[],
): Promise<{ holds: boolean; seen: string }> {
  const rows = await readLedger(place);
  const byCall = Map.groupBy(rows, (row) => row.id);
  const wrong = new Map<string, number>();
  for (const one of made) {
    const why = faultOf(byCall.get(one.seen.id ?? '') ?? [], one);
    if (!why) continue;
    const how = `${one.mode.name}, ${one.lane.name}${one.isStream ? ', stream' : ''}: ${why}`;
    wrong.set(how, (wrong.get(how) ?? 0) + 1);
  }
  const known = new Set(made.map(({ seen }) => seen.id));
  const foreign = [...byCall.keys()].filter((id) => !known.has(id)).length;
  const attempts = rows.filter((row) => row.phase === 0).length;
  const told = [...wrong].slice(0, 15).map(([how, count]) => `\n         ${count} × ${how}`);
  const seen = `${attempts} attempts of ${made.length} calls, ${foreign} calls that nobody made, ${wrong.size} kinds of fault`;
  return { holds: wrong.size === 0 && foreign === 0 && made.length > 0, seen: seen + told.join('') };
}

function faultOf(rows: Row[], { seen }: Made): string | undefined {
  const intents = rows.filter((row) => row.phase === 0);
  const settled = rows.filter((row) => row.phase > 0);
  if (intents.length === 0) return 'no intent';
  for (const { attempt } of intents) {
    const own = settled.filter((row) => row.attempt === attempt);
    if (own.length !== 1) return `${own.length} settlements of attempt ${attempt}`;
    if (own[0]!.phase !== 1) return `attempt ${attempt} was swept`;
  }
  if (settled.length !== intents.length) return 'a settlement without intent';
  const last = settled.toSorted((a, b) => a.attempt - b.attempt).at(-1)!;
  const isAnswer = seen.verdict.ending === 'answer';
  if (isAnswer && (last.status !== 200 || last.failure !== null))
    return `answered, but settled as ${last.status} ${last.failure}`;
  if (!isAnswer && (last.failure === null || last.status === null || last.status < 400))
    return `failed, but settled as ${last.status} ${last.failure}`;
  if (seen.status !== 200 && seen.status !== last.status)
    return `told ${seen.status}, settled as ${last.status}`;
  return undefined;
}
