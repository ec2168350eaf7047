// One row of a job: its template filled in, its model asked, its answer kept before it is billed.
import { Problem } from '@insula/contract';
import { systemActor } from '../../../platform/actor.ts';
import { findSettled } from '../../gateway/index.ts';
import { type AnswerFacts, type Asked, askModel, cleanAnswer } from '../calls/ask-model.ts';
import type { At, JobRecord, RowRecord } from '../jobs/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import type { Settings, Template } from '../templates/read-template.ts';
import { renderTemplate } from '../templates/render-template.ts';
import { keepRowAnswer, type RowAt, type RowEnd } from './store.ts';

/** Judges an answer, for evaluations. Not called for a row that failed. */
export type ScoreRow = (
  scored: { job: JobRecord; row: RowRecord; facts: AnswerFacts },
  signal: AbortSignal,
) => Promise<{ scores: unknown; isPassed: boolean }>;

export type RowWork = { job: JobRecord; row: RowRecord; signal: AbortSignal };

const PAUSE_MS = 1_000;
const PAUSE_MAX_MS = 60_000;
const FORGOTTEN_MS = 3_600_000;

/** The place of a job, as queries name it. */
export function placeOf(job: Pick<JobRecord, 'organization_id' | 'workspace_id' | 'id'>): At {
  return { organizationId: job.organization_id, workspaceId: job.workspace_id, jobId: job.id };
}

/** Runs a row once and says what to write down; undefined when that cannot be said yet. */
export async function runRow(
  deps: PromptsDeps & { scoreRow: ScoreRow },
  { job, row, signal }: RowWork,
): Promise<RowEnd | undefined> {
  const at: RowAt = { ...placeOf(job), number: row.number, callId: row.call_id! };
  const asked =
    row.state === 'answered' ? await recoverAnswer(deps, row) : await ask(deps, { job, row, signal }, at);
  if (!asked) return undefined;
  const { facts, retry, waitMs } = asked;
  if (facts.state === 'failed') {
    if (retry === 'later') return { ...facts, state: 'waiting', waitMs, isUncounted: true };
    const isWorthIt = retry === 'again' && row.attempts < job.attempts_max;
    return isWorthIt
      ? { ...facts, state: 'waiting', waitMs: Math.max(waitMs, pauseAfter(row.attempts)) }
      : facts;
  }
  if (job.purpose === 'job') return facts;
  return { ...facts, ...(await deps.scoreRow({ job, row, facts }, signal)) };
}

async function ask(deps: PromptsDeps, { job, row, signal }: RowWork, at: RowAt): Promise<Asked> {
  // It was begun so often that it may be what ends the server.
  if (row.attempts > job.attempts_max)
    return refused('interrupted', 'The server stopped each time this row was run.');
  const { settings, ...template } = job.template as Template & { settings: Settings };
  try {
    const messages = renderTemplate(template, row.context as Record<string, unknown>);
    const asker = {
      organization_id: job.organization_id,
      kind: job.actor_kind as 'member',
      id: job.actor_id,
    };
    return await askModel(deps, asker, {
      workspaceId: job.workspace_id,
      messages,
      settings,
      callId: at.callId,
      signal,
      origin: { purpose: job.purpose, subject_id: job.prompt_id, run_id: job.id, step: row.number },
      keepAnswer: ({ text }) =>
        deps.db.as(systemActor(at.organizationId), (tx) => keepRowAnswer(tx, at, cleanAnswer(text))),
    });
  } catch (error) {
    if (error instanceof Problem) return refused(error.code, error.message);
    throw error;
  }
}

/** An answer that was kept by a server that died before it could say what it cost: the ledger says so, at the latest after a sweep. */
async function recoverAnswer(deps: PromptsDeps, row: RowRecord): Promise<Asked | undefined> {
  const at = { organizationId: row.organization_id, callId: row.call_id! };
  const last = await deps.db.as(systemActor(at.organizationId), (tx) => findSettled(tx, at));
  // An attempt before the one that answered may be all that is settled yet; one that was swept has no status.
  const settled = (last?.status ?? 200) < 400 ? last : undefined;
  const isForgotten = Date.now() - (row.started_at?.getTime() ?? 0) > FORGOTTEN_MS;
  if (!settled && !isForgotten) return undefined;
  const facts: AnswerFacts = {
    ...{ state: 'succeeded', answer: row.answer, error: null, error_code: null },
    ...{ provider: settled?.provider ?? null, model: settled?.upstream_model ?? null },
    input_tokens: settled ? (settled.input_tokens ?? 0) + (settled.cached_input_tokens ?? 0) : null,
    output_tokens: settled ? (settled.output_tokens ?? 0) + (settled.reasoning_tokens ?? 0) : null,
    ...{ cost_micros: settled?.cost_micros ?? null, currency: settled?.currency ?? null },
    latency_ms: settled?.latency_ms ?? null,
  };
  return { facts, retry: 'no', waitMs: 0 };
}

const refused = (code: string, message: string): Asked => ({
  facts: nothing(code, message),
  retry: 'no',
  waitMs: 0,
});

/** A row without a call. */
function nothing(code: string, message: string): AnswerFacts & { state: 'failed' } {
  return {
    ...{ state: 'failed', answer: null, error_code: code, error: message.slice(0, 2_000) },
    ...{ provider: null, model: null, input_tokens: null, output_tokens: null },
    ...{ cost_micros: 0, currency: null, latency_ms: null },
  };
}

/** 1 s, 2 s, 4 s … a minute, each somewhere between half of it and all of it. */
function pauseAfter(attempts: number): number {
  return Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** (attempts - 1)) * (0.5 + Math.random() / 2);
}
