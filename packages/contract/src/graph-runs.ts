// Reading documents for the graph with a model, on paper: what it would cost, runs under a cap, and keeping up to date.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { currency, id, micros, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const graphRunProblems = {
  graph_run_not_found: { status: 404, message: 'There is no such run here.' },
  graph_estimate_used: {
    status: 409,
    message: 'This estimate was started already or is older than a day. Make a new estimate.',
  },
  graph_cap_needed: { status: 400, message: 'Say what it may cost at most: {reason}' },
  graph_model_unknown: {
    status: 400,
    message: 'No credential of this workspace offers the model "{model}". {hint}',
  },
  graph_nothing_to_read: { status: 409, message: 'There is nothing to read: {reason}' },
  graph_run_not_running: { status: 409, message: 'The run is {status}; only a running one can be stopped.' },
  graph_run_not_stopped: { status: 409, message: 'The run is {status}; only a stopped one can be resumed.' },
  graph_nothing_failed: { status: 409, message: 'No passage of this run has failed.' },
} as const;
export const graphRunProblem = problemsOf(graphRunProblems);

export const graphRunStates = ['estimated', 'running', 'stopped', 'done'] as const;

const model = z.string().trim().min(1).max(200);
const cap = {
  /** What calls may cost in all, in millionths of the currency; needed where the model's price is known. */
  cost_cap_micros: micros.min(0).max(1_000_000_000_000).nullish(),
  /** Tokens that calls may use in all; needed where the price is not known. */
  token_cap: z.int().min(0).max(1_000_000_000_000).nullish(),
};

export const graphEstimate = z.object({
  passages: z.int(),
  /** Passages that this model has read already, which will not be read again. */
  already_read: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  /** Null: the price of the model is not known. */
  cost_micros: micros.nullable(),
  currency: currency.nullable(),
  seconds: z.int(),
});

export const graphRun = z.object({
  id,
  workspace_id: id,
  collection_ids: z.array(id),
  model: z.string(),
  /** `upkeep`: made by the server to keep the graph up to date. */
  origin: z.enum(['person', 'upkeep']),
  status: z.enum(graphRunStates),
  reason: z.string().nullable(),
  estimate: graphEstimate,
  cost_cap_micros: micros.nullable(),
  token_cap: z.int().nullable(),
  currency: currency.nullable(),
  spent_micros: micros,
  spent_tokens: z.int(),
  passage_count: z.int(),
  done_count: z.int(),
  failed_count: z.int(),
  fact_count: z.int(),
  started_by: z.string().nullable(),
  created_at: moment,
  started_at: moment.nullable(),
  ended_at: moment.nullable(),
});

export const graphFailure = z.object({
  chunk_id: id,
  document_id: id,
  title: z.string(),
  attempts: z.int(),
  error_code: z.string(),
  error_detail: z.string(),
});

const settings = {
  /** Whether entities are found by rules on this server, at no cost. */
  reads_locally: z.boolean(),
  /** The model that keeps the graph up to date. */
  model: model.nullable(),
  keep_up_to_date: z.boolean(),
  monthly_cap_micros: micros.min(0).max(1_000_000_000_000).nullable(),
  monthly_cap_tokens: z.int().min(0).max(1_000_000_000_000).nullable(),
};

const path = '/workspaces/{workspace_id}/graph' as const;
const runs = `${path}/runs` as const;
const one = `${runs}/{graph_run_id}` as const;
const place = { workspace_id: id };
const runInput = z.strictObject({ ...place, graph_run_id: id });
const tag = 'Knowledge graph';
const mayRead = { permission: 'knowledge:read' } as const;
const mayWrite = { permission: 'knowledge:write' } as const;

export const graphRuns = {
  getSettings: endpoint(
    { method: 'GET', path: `${path}/settings`, summary: 'Read how the graph is made', tag },
    mayRead,
  )
    .input(z.strictObject(place))
    .output(z.object(settings)),
  replaceSettings: endpoint(
    { method: 'PUT', path: `${path}/settings`, summary: 'Decide how the graph is made', tag },
    mayWrite,
  )
    .input(
      z.strictObject({
        ...place,
        reads_locally: settings.reads_locally.default(true),
        model: settings.model.default(null),
        keep_up_to_date: settings.keep_up_to_date.default(false),
        monthly_cap_micros: settings.monthly_cap_micros.default(null),
        monthly_cap_tokens: settings.monthly_cap_tokens.default(null),
      }),
    )
    .output(z.object(settings)),
  estimate: endpoint(
    {
      method: 'POST',
      path: `${path}/estimates`,
      summary: 'Estimate what reading documents with a model would cost',
      tag,
      status: 201,
    },
    mayWrite,
  )
    .input(z.strictObject({ ...place, model, collection_ids: z.array(id).max(100).optional() }))
    .output(graphRun),
  start: endpoint(
    { method: 'POST', path: runs, summary: 'Start a run from its estimate, under a cap', tag, status: 201 },
    mayWrite,
  )
    .input(z.strictObject({ ...place, estimate_id: id, ...cap }))
    .output(graphRun),
  list: endpoint({ method: 'GET', path: runs, summary: 'List runs and estimates', tag }, mayRead)
    .input(pageQuery.extend(place))
    .output(pageOf(graphRun)),
  get: endpoint({ method: 'GET', path: one, summary: 'Read how far a run has come', tag }, mayRead)
    .input(runInput)
    .output(graphRun),
  failures: endpoint(
    { method: 'GET', path: `${one}/failures`, summary: 'Passages that could not be read, and why', tag },
    mayRead,
  )
    .input(pageQuery.extend({ ...place, graph_run_id: id }))
    .output(pageOf(graphFailure)),
  stop: endpoint({ method: 'POST', path: `${one}/stop`, summary: 'Stop a run', tag }, mayWrite)
    .input(runInput)
    .output(graphRun),
  resume: endpoint(
    {
      method: 'POST',
      path: `${one}/resume`,
      summary: 'Go on with a stopped run, perhaps under another cap',
      tag,
    },
    mayWrite,
  )
    .input(runInput.extend(cap))
    .output(graphRun),
  retry: endpoint(
    { method: 'POST', path: `${one}/retry`, summary: 'Read the failed passages of a run again', tag },
    mayWrite,
  )
    .input(runInput)
    .output(graphRun),
};
