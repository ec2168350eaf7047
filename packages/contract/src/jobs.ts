// Jobs on paper: a template run once or over thousands of rows; at once, in the background, or at a time.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';
import {
  author,
  model,
  modelParameters,
  modelSettings,
  promptContent,
  provider,
  variables,
  variableValues,
} from './prompt-templates.ts';
import { inWorkspace, label } from './prompts.ts';

export const jobProblems = {
  job_not_found: { status: 404, message: 'There is no such job in this workspace.' },
  job_invalid: { status: 400, message: 'The job cannot be made: {reason}' },
  job_ended: { status: 409, message: 'The job has ended ({state}) and cannot be cancelled.' },
  job_has_no_failed_rows: { status: 409, message: 'No row of the job failed, so there is nothing to retry.' },
  job_under_way: { status: 409, message: 'The job is {state}. Cancel it first.' },
  too_many_jobs: {
    status: 409,
    message:
      'The organization has {limit} jobs that have not ended, which is the most. Wait, or cancel some.',
  },
} as const;
export const jobProblem = problemsOf(jobProblems);

export const jobModes = ['wait', 'queue', 'schedule', 'batch'] as const;
export const jobStates = ['scheduled', 'queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export const jobRowStates = ['waiting', 'running', 'answered', 'succeeded', 'failed', 'cancelled'] as const;
export const ROWS_MAX = 10_000;

export const jobRow = z.object({
  /** From 1, in the order they were given. */
  number: z.int(),
  state: z.enum(jobRowStates),
  context: z.record(z.string(), z.unknown()),
  attempts: z.int(),
  answer: z.string().nullable(),
  error_code: z.string().nullable(),
  error: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  input_tokens: z.int().nullable(),
  output_tokens: z.int().nullable(),
  /** Of all calls made for the row, as recorded then; null when a price is not known. */
  cost_micros: z.int().nullable(),
  currency: z.string().nullable(),
  latency_ms: z.int().nullable(),
  /** The last call in ledger and request log. */
  call_id: id.nullable(),
  started_at: moment.nullable(),
  ended_at: moment.nullable(),
});

export const job = z.object({
  id,
  workspace_id: id,
  name: z.string(),
  purpose: z.enum(['job', 'evaluation']),
  mode: z.enum(jobModes),
  state: z.enum(jobStates),
  prompt_id: id.nullable(),
  prompt_version: z.int().nullable(),
  settings: modelSettings,
  rows: z.object({
    total: z.int(),
    waiting: z.int(),
    running: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    cancelled: z.int(),
  }),
  /** Of all calls whose price is known, so far. */
  cost_micros: z.int(),
  currency: z.string().nullable(),
  concurrency: z.int(),
  attempts_max: z.int(),
  cron: z.string().nullable(),
  time_zone: z.string().nullable(),
  next_at: moment.nullable(),
  /** The schedule that made it. */
  parent_id: id.nullable(),
  /** The row of a job that has only one. */
  result: jobRow.nullable(),
  author,
  created_at: moment,
  started_at: moment.nullable(),
  ended_at: moment.nullable(),
});

const mayRead = { permission: 'prompts:read' } as const;
const mayRun = { permission: 'ai:query' } as const;
const tag = 'Jobs';
const path = '/workspaces/{workspace_id}/jobs' as const;
const one = `${path}/{job_id}` as const;
const ofJob = { ...inWorkspace, job_id: id };

export const jobs = {
  list: endpoint({ method: 'GET', path, summary: 'List jobs', tag }, mayRead)
    .input(
      pageQuery.extend({
        ...inWorkspace,
        state: z.enum(jobStates).optional(),
        mode: z.enum(jobModes).optional(),
        parent_id: id.optional(),
      }),
    )
    .output(pageOf(job)),
  create: endpoint(
    {
      method: 'POST',
      path,
      summary: 'Run a template: now, in the background, at a time, or over rows',
      tag,
      status: 201,
    },
    { ...mayRun, bodyLimit: 12_582_912 },
  )
    .input(
      z.strictObject({
        ...inWorkspace,
        name: z.string().trim().max(200).default(''),
        /** Left out: `batch` with rows, `schedule` with a time, `wait` otherwise. */
        mode: z.enum(jobModes).optional(),
        /** Words with `{{variables}}`, or a version of a prompt by its id or name. */
        template: promptContent.optional(),
        variables: variables.default([]),
        prompt_id: id.optional(),
        prompt: z.string().trim().min(1).max(200).optional(),
        version: z.int().min(1).max(2_147_483_647).optional(),
        label: label.optional(),
        /** Values of the variables, for one run; with rows: those that all rows share. */
        context: variableValues.default({}),
        /** Values of the variables, a run each; at most 10 MB of JSON. */
        rows: z.array(variableValues).min(1).max(ROWS_MAX).optional(),
        provider: provider.optional(),
        model: model.optional(),
        parameters: modelParameters.optional(),
        /** When it runs, once; or by which calendar, again and again. */
        run_at: moment.optional(),
        cron: z.string().trim().min(9).max(100).optional(),
        time_zone: z.string().trim().min(1).max(60).optional(),
        /** Rows asked at once. */
        concurrency: z.int().min(1).max(20).default(5),
        /** Calls made for a row until one is answered. */
        attempts_max: z.int().min(1).max(10).default(3),
      }),
    )
    .output(job),
  get: endpoint({ method: 'GET', path: one, summary: 'Read a job and how far it is', tag }, mayRead)
    .input(z.strictObject(ofJob))
    .output(job),
  listRows: endpoint({ method: 'GET', path: `${one}/rows`, summary: 'List the rows of a job', tag }, mayRead)
    .input(pageQuery.extend({ ...ofJob, state: z.enum(jobRowStates).optional() }))
    .output(pageOf(jobRow)),
  cancel: endpoint(
    { method: 'POST', path: `${one}/cancel`, summary: 'Cancel a job or a schedule', tag },
    mayRun,
  )
    .input(z.strictObject(ofJob))
    .output(job),
  retry: endpoint(
    { method: 'POST', path: `${one}/retry`, summary: 'Try the failed rows of a job again', tag },
    mayRun,
  )
    .input(z.strictObject(ofJob))
    .output(job),
  remove: endpoint(
    { method: 'DELETE', path: one, summary: 'Delete a job that has ended, with its rows', tag },
    { permission: 'prompts:write' },
  )
    .input(z.strictObject(ofJob))
    .output(z.object({ id, deleted: z.literal(true) })),
};

/** A download, so a route of its own. */
export const jobResults = {
  download: endpoint(
    { method: 'GET', path: `${one}/results`, summary: 'Download the rows of a job as JSONL or CSV', tag },
    { ...mayRead, protocol: 'text' },
  )
    .input(z.strictObject({ ...ofJob, format: z.enum(['jsonl', 'csv']).default('jsonl') }))
    .output(z.string()),
};
