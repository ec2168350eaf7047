// The work of runs, in slices: passages are asked about a few at a time under the run's cap, answers go into the graph, and a
// run that can go no further says why. Killed at any moment it carries on: a passage whose answer was kept is never asked again.
import type { Actor } from '../../../platform/actor.ts';
import { systemActor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import type { SliceOutcome } from '../../../platform/queue/index.ts';
import { type Quote, quoteModel } from '../../gateway/index.ts';
import { documentDate } from '../graph-reading/document-date.ts';
import { writeReadings } from '../graph-reading/write-readings.ts';
import { endRun } from '../graph-runs/end-run.ts';
import { listRunning, type RunRow } from '../graph-runs/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { ANSWER_TOKENS_MAX, type Asked, askPassage, PROMPT_TOKENS } from './ask-passage.ts';
import {
  type AskedPassage,
  countStates,
  holdRun,
  keepAnswer,
  listAnswered,
  listPending,
  markAsking,
  markDone,
  type PendingPassage,
  recoverAsking,
  settlePassage,
} from './store.ts';

export type Deps = Pick<KnowledgeDeps, 'db' | 'events' | 'gateway'>;
type Slice = { organizationId: string; signal: AbortSignal; endsAt: number };

/** Calls of one run at once. */
export const AT_ONCE = 4;
const ATTEMPTS_MAX = 5;
/** A call ends within a minute: what is being asked for longer was left by a killed worker. */
const LEFT_BEHIND_MS = 90_000;

/** Works on the organization's runs until the time is over; says whether there is more to do, or when. */
export async function workOnRuns(deps: Deps, slice: Slice): Promise<SliceOutcome> {
  const actor = systemActor(slice.organizationId);
  const runs = await deps.db.as(actor, (tx) => listRunning(tx, slice.organizationId));
  let due: SliceOutcome = 'done';
  for (const run of runs) {
    const outcome = await workOnRun(deps, run, slice);
    if (outcome === 'more' || due === 'more') due = 'more';
    else if (outcome instanceof Date && (!(due instanceof Date) || outcome < due)) due = outcome;
  }
  return due;
}

async function workOnRun(deps: Deps, run: RunRow, slice: Slice): Promise<SliceOutcome> {
  const at = { organizationId: run.organization_id, id: run.id };
  const actor = systemActor(run.organization_id);
  await deps.db.as(actor, (tx) => recoverAsking(tx, at, LEFT_BEHIND_MS));
  let quote: Quote;
  try {
    quote = await quoteModel(deps.gateway, { ...at, workspaceId: run.workspace_id, model: run.model });
  } catch (error) {
    await endRun(deps, run, { status: 'stopped', reason: (error as Error).message });
    return 'done';
  }
  while (!slice.signal.aborted && performance.now() < slice.endsAt) {
    const taken = await takePassages(deps, run, quote);
    if (taken.passages.length === 0) {
      await writeAnswers(deps, run);
      return closeRun(deps, run, taken.isAtCap);
    }
    const asked = await Promise.all(taken.passages.map((passage) => askOne(deps, { run, passage, slice })));
    await writeAnswers(deps, run);
    const stop = asked.find(({ failure }) => failure?.kind === 'stop')?.failure;
    if (stop) {
      await endRun(deps, run, { status: 'stopped', reason: stop.detail });
      return 'done';
    }
    const waits = asked.flatMap(({ failure }) => (failure?.kind === 'passing' ? failure.retryAfterMs : []));
    if (waits.length > 0) return new Date(Date.now() + Math.max(2_000, ...waits));
  }
  return 'more';
}

type Taken = AskedPassage & PendingPassage;

/** Takes the next passages whose worst cases fit under the cap. */
async function takePassages(
  deps: Deps,
  run: RunRow,
  quote: Quote,
): Promise<{ passages: Taken[]; isAtCap: boolean }> {
  const at = { organizationId: run.organization_id, id: run.id };
  return deps.db.as(systemActor(run.organization_id), async (tx) => {
    const held = await holdRun(tx, at);
    if (!held) return { passages: [], isAtCap: false };
    const pending = await listPending(tx, at, AT_ONCE);
    let micros = Number(held.spent_micros) + Number(held.reserved_micros);
    let tokens = Number(held.spent_tokens) + Number(held.reserved_tokens);
    const passages: Taken[] = [];
    for (const passage of pending) {
      const worst = worstOf(passage, quote);
      micros += worst.reserved_micros;
      tokens += worst.reserved_tokens;
      const isOver =
        (held.cap_micros !== null && micros > Number(held.cap_micros)) ||
        (held.cap_tokens !== null && tokens > Number(held.cap_tokens));
      if (isOver) return markTaken(passages, true);
      passages.push({ ...passage, ...worst, call_id: newId() });
    }
    return markTaken(passages, false);

    async function markTaken(fitting: Taken[], isAtCap: boolean) {
      await markAsking(tx, at, fitting);
      return { passages: fitting, isAtCap };
    }
  });
}

/** Two bytes a token is more than any text of ours needs; an answer is never longer than it may be. */
function worstOf({ text, heading_path, title }: PendingPassage, quote: Quote) {
  const bytes =
    Buffer.byteLength(text) + Buffer.byteLength(heading_path.join(' ')) + Buffer.byteLength(title);
  const input = PROMPT_TOKENS + Math.ceil(bytes / 2);
  return {
    reserved_tokens: input + ANSWER_TOKENS_MAX,
    reserved_micros: quote.costOf(input, ANSWER_TOKENS_MAX) ?? 0,
  };
}

async function askOne(
  deps: Deps,
  { run, passage, slice }: { run: RunRow; passage: Taken; slice: Slice },
): Promise<Asked> {
  const system = systemActor(run.organization_id);
  const asked = await askPassage({
    gateway: deps.gateway,
    actor: actorOf(run),
    run: { id: run.id, workspaceId: run.workspace_id, model: run.model },
    passage,
    signal: slice.signal,
    keep: (answer) =>
      deps.db.as(system, (tx) =>
        keepAnswer(tx, run.organization_id, { chunkId: passage.chunk_id, callId: passage.call_id, answer }),
      ),
  });
  const { micros, tokens, failure } = asked;
  const next = failure && {
    status: isWorthAgain(failure, passage.attempts + 1) ? ('pending' as const) : ('failed' as const),
    code: failure.code,
    detail: failure.detail.slice(0, 1_000),
  };
  const at = { organizationId: run.organization_id, id: run.id };
  await deps.db.as(system, (tx) => settlePassage(tx, at, { passage, micros, tokens, failure: next }));
  return asked;
}

/** What is wrong with an answer, or with how it was asked for, is tried once more; what passes, some times; what stops the run waits for it. */
function isWorthAgain(failure: NonNullable<Asked['failure']>, attempts: number): boolean {
  if (failure.kind === 'stop') return true;
  return attempts < (failure.kind === 'passing' ? ATTEMPTS_MAX : 2);
}

/** Whoever started the run, as far as is needed to ask whether they still may. */
function actorOf(run: RunRow): Actor {
  return {
    ...systemActor(run.organization_id, run.started_by ?? 'insula'),
    kind: (run.started_by_kind ?? 'system') as Actor['kind'],
    id: run.started_by_id,
  };
}

async function writeAnswers(deps: Deps, run: RunRow): Promise<void> {
  const at = { organizationId: run.organization_id, id: run.id };
  for (;;) {
    const count = await deps.db.as(systemActor(run.organization_id), async (tx) => {
      const rows = await listAnswered(tx, at, 50);
      const byCollection = Map.groupBy(rows, (row) => row.collection_id);
      for (const [collectionId, own] of byCollection) {
        const place = { organizationId: run.organization_id, workspaceId: run.workspace_id, collectionId };
        const read = own.map(({ chunk_id, document_id, version, answer, ...row }) => ({
          passage: { chunk_id, document_id, version, asserted_at: documentDate(row).toISOString() },
          reading: answer!,
        }));
        const facts = await writeReadings(tx, { ...place, method: 'model' }, read);
        await markDone(tx, at, { chunkIds: own.map((row) => row.chunk_id), facts });
      }
      return rows.length;
    });
    if (count < 50) return;
  }
}

/** Nothing can be taken: all is read, or the cap is reached, or somebody else asks just now. */
async function closeRun(deps: Deps, run: RunRow, isAtCap: boolean): Promise<SliceOutcome> {
  const at = { organizationId: run.organization_id, id: run.id };
  const states = await deps.db.as(systemActor(run.organization_id), (tx) => countStates(tx, at));
  if (states.asking) return new Date(Date.now() + LEFT_BEHIND_MS);
  if (isAtCap)
    await endRun(deps, run, {
      status: 'stopped',
      reason: `The next passage might go beyond the cap. ${states.pending} passages are left: resume the run with a higher cap to read them.`,
    });
  else if (!states.pending) await endRun(deps, run, { status: 'done', reason: null });
  else return 'more';
  return 'done';
}
