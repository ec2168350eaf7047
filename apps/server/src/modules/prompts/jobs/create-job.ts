// A new job: everything that can be wrong with it is found before it exists, row by row; then it is written down, and only then
// is a model asked.

import { Problem } from '@insula/contract';
import { jobProblem } from '@insula/contract/jobs';
import { promptProblem } from '@insula/contract/prompts';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { type Chosen, chooseSettings, chooseVersion } from '../calls/choose-version.ts';
import type { JobRunner } from '../job-runs/create-job-runner.ts';
import { findPromptNamed } from '../library/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import {
  type Content,
  readTemplate,
  type Settings,
  type Template,
  type Variable,
} from '../templates/read-template.ts';
import { renderTemplate } from '../templates/render-template.ts';
import { type Job, readJob } from './list-jobs.ts';
import { assertAhead, nextRun } from './next-run.ts';
import { addJob, countOpenJobs, type NewJob } from './store.ts';

export type JobInput = {
  workspace_id: string;
  name: string;
  mode?: NewJob['mode'] | undefined;
  template?: Content | undefined;
  variables: Variable[];
  prompt_id?: string | undefined;
  prompt?: string | undefined;
  version?: number | undefined;
  label?: string | undefined;
  context: Record<string, unknown>;
  rows?: Record<string, unknown>[] | undefined;
  provider?: string | undefined;
  model?: string | undefined;
  parameters?: Settings['parameters'] | undefined;
  run_at?: string | undefined;
  cron?: string | undefined;
  time_zone?: string | undefined;
  concurrency: number;
  attempts_max: number;
};
export type JobsDeps = PromptsDeps & { runner: JobRunner };

const OPEN_MAX = 1_000;
const ROWS_CHARACTERS_MAX = 10_485_760;
const WRONG_ROWS_MAX = 5;

/** Makes a job, announces `job.created`, and in the mode `wait` resolves when it has ended. Throws `job_invalid`, `variables_invalid` … */
export async function createJob(deps: JobsDeps, actor: Actor, input: JobInput): Promise<Job> {
  const mode = modeOf(input);
  const time = timeOf(deps, mode, input);
  const contexts = contextsOf(input);
  const id = newId();
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const wait = await deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, place);
    const { template, settings, version } = await chooseWords(tx, actor, input);
    assertRows(template, contexts);
    if ((await countOpenJobs(tx, place.organizationId)) >= OPEN_MAX)
      throw jobProblem('too_many_jobs', { limit: OPEN_MAX });
    const row: NewJob = {
      ...{ organization_id: place.organizationId, workspace_id: place.workspaceId, id, name: input.name },
      ...{
        purpose: 'job',
        mode,
        state: mode === 'schedule' ? 'scheduled' : mode === 'wait' ? 'running' : 'queued',
      },
      template: { ...template, settings },
      ...{ prompt_id: version?.promptId ?? null, prompt_number: version?.number ?? null },
      ...{ concurrency: input.concurrency, attempts_max: input.attempts_max, ...time, parent_id: null },
      ...{ actor_kind: actor.kind, actor_id: actor.id, actor_name: actor.name.slice(0, 300) },
    };
    await addJob(tx, row, contexts);
    await deps.events.announce(tx, actor, {
      type: 'job.created',
      subject_type: 'job',
      subject_id: id,
      workspace_id: place.workspaceId,
      details: { mode, rows: contexts.length, prompt_id: row.prompt_id, name: input.name },
    });
    return deps.runner.enter(tx, { ...place, jobId: id }, row);
  });
  await wait?.();
  return deps.db.as(actor, (tx) => readJob(tx, actor, { workspace_id: place.workspaceId, job_id: id }));
}

const invalid = (reason: string) => jobProblem('job_invalid', { reason });

function modeOf({ mode, rows, run_at, cron }: JobInput): NewJob['mode'] {
  const isTimed = run_at !== undefined || cron !== undefined;
  const meant = mode ?? (isTimed ? 'schedule' : rows ? 'batch' : 'wait');
  if (meant === 'schedule' && (run_at === undefined) === (cron === undefined))
    throw invalid('a scheduled job needs either run_at or cron.');
  if (meant !== 'schedule' && isTimed) throw invalid('run_at and cron are for the mode "schedule".');
  if (meant === 'batch' && !rows) throw invalid('a batch needs rows.');
  if (['wait', 'queue'].includes(meant) && rows)
    throw invalid(`the mode "${meant}" is for one run: give a context, or use "batch" for rows.`);
  return meant;
}

function timeOf(
  deps: JobsDeps,
  mode: string,
  { run_at, cron, time_zone = 'UTC' }: JobInput,
): Pick<NewJob, 'cron' | 'time_zone' | 'next_at'> {
  if (mode !== 'schedule') return { cron: null, time_zone: null, next_at: null };
  const nowMs = deps.clock.now();
  if (cron !== undefined) return { cron, time_zone, next_at: nextRun(cron, time_zone, nowMs) };
  const at = new Date(run_at!);
  assertAhead(at, nowMs);
  return { cron: null, time_zone: null, next_at: at };
}

function contextsOf({ rows, context }: JobInput): Record<string, unknown>[] {
  const contexts = rows ? rows.map((row) => ({ ...context, ...row })) : [context];
  if (rows && JSON.stringify(contexts).length > ROWS_CHARACTERS_MAX)
    throw invalid('the rows, with what they share, are more than 10 MB of JSON.');
  return contexts;
}

async function chooseWords(tx: TenantTx, actor: Actor, input: JobInput): Promise<Chosen> {
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const given = [input.template, input.prompt_id, input.prompt].filter((one) => one !== undefined);
  if (given.length !== 1) throw invalid('give one of template, prompt_id and prompt.');
  const chosen =
    input.template === undefined
      ? await chooseVersion(tx, actor, { ...place, ...input, promptId: await promptIdOf(tx, input, place) })
      : inlineTemplate(input.template, input.variables);
  const { model = null, provider = null, parameters = {} } = input;
  const use = { ...place, actorId: actor.id, use: 'chat' as const };
  const settings = await chooseSettings(tx, use, [{ model, provider, parameters }, chosen.settings]);
  return { ...chosen, settings };
}

function inlineTemplate(content: Content, variables: Variable[]): Chosen {
  const template = readTemplate({ content, variables });
  return { template, settings: { provider: null, model: null, parameters: {} }, version: null };
}

async function promptIdOf(
  tx: TenantTx,
  { prompt_id, prompt }: JobInput,
  place: { organizationId: string; workspaceId: string },
): Promise<string> {
  if (prompt_id !== undefined) return prompt_id;
  const found = await findPromptNamed(tx, { ...place, name: prompt! });
  if (!found) throw promptProblem('prompt_not_found');
  return found.id;
}

/** Throws `variables_invalid` for one run, and `job_invalid` naming the first rows that do not fit. */
function assertRows(template: Template, contexts: readonly Record<string, unknown>[]): void {
  if (contexts.length === 1) return void renderTemplate(template, contexts[0]!);
  const wrong: string[] = [];
  for (const [i, context] of contexts.entries()) {
    const reason = whyUnfit(template, context);
    if (reason) wrong.push(`row ${i + 1}: ${reason}`);
    if (wrong.length === WRONG_ROWS_MAX) break;
  }
  if (wrong.length > 0) throw invalid(wrong.join(' '));
}

function whyUnfit(template: Template, context: Record<string, unknown>): string | undefined {
  try {
    renderTemplate(template, context);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return String(error.facts.reason ?? error.message);
    throw error;
  }
}
