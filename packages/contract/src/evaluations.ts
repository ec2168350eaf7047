// Evaluations on paper: datasets with what is expected, runs of a version over them, and gates that a label must pass.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { description, freeObject, id, moment, name, pageOf, pageQuery } from './fields.ts';
import { job, jobRow } from './jobs.ts';
import { problemsOf } from './problem.ts';
import { modelSettings, noSettings, variableValues } from './prompt-templates.ts';
import { inWorkspace, label, ofPrompt, prompt, promptPath } from './prompts.ts';

export const evaluationProblems = {
  dataset_not_found: { status: 404, message: 'There is no such dataset in this workspace.' },
  dataset_name_taken: {
    status: 409,
    message: 'A dataset of this workspace has the name "{name}" already. Choose another.',
  },
  dataset_in_use: { status: 409, message: 'The dataset is the gate of a prompt. Take the gate away first.' },
  dataset_empty: { status: 409, message: 'The dataset has no rows to evaluate.' },
  dataset_row_not_found: { status: 404, message: 'There is no row {number} in this dataset.' },
  dataset_rows_invalid: {
    status: 400,
    message: 'The rows of the dataset do not fit the variables of the version: {reason}',
  },
  too_many_dataset_rows: { status: 409, message: 'A dataset has at most {limit} rows.' },
  assertion_invalid: { status: 400, message: 'An assertion cannot be checked: {reason}' },
  evaluation_not_found: { status: 404, message: 'There is no such evaluation in this workspace.' },
  gate_not_found: { status: 404, message: 'The label "{label}" of this prompt has no gate.' },
  prompt_gate_failed: {
    status: 409,
    message: 'The label "{label}" cannot move to version {version}: {reason}',
  },
} as const;
export const evaluationProblem = problemsOf(evaluationProblems);

const text = z.string().max(20_000);
const ignoreCase = z.boolean().default(false);
/** What must hold for an answer. Without a value, `equals` and `contains` compare with what the row expects. */
export const assertion = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('equals'), value: text.optional(), ignore_case: ignoreCase }),
  z.strictObject({ type: z.literal('contains'), value: text.optional(), ignore_case: ignoreCase }),
  z.strictObject({ type: z.literal('not_contains'), value: text, ignore_case: ignoreCase }),
  /** RE2: no look-around, and no pattern that takes for ever. */
  z.strictObject({
    type: z.literal('regex'),
    pattern: z.string().min(1).max(1_000),
    ignore_case: ignoreCase,
  }),
  /** The answer is JSON of this shape; without one, any JSON. */
  z.strictObject({ type: z.literal('json_schema'), schema: freeObject.default({}) }),
  z.strictObject({
    type: z.literal('length'),
    min: z.int().min(0).max(1_000_000).default(0),
    max: z.int().min(0).max(1_000_000).default(1_000_000),
  }),
  z.strictObject({ type: z.literal('latency'), max_ms: z.int().min(1).max(600_000) }),
  z.strictObject({ type: z.literal('cost'), max_micros: z.int().min(0).max(1_000_000_000) }),
  /** A model judges the answer by this rubric, from 0 to 1. */
  z.strictObject({
    type: z.literal('model_graded'),
    rubric: z.string().trim().min(1).max(8_000),
    minimum_score: z.number().min(0).max(1).default(0.7),
    settings: modelSettings.default(noSettings),
  }),
]);
export const assertions = z.array(assertion).max(20);

export const dataset = z.object({
  id,
  workspace_id: id,
  name: z.string(),
  description: z.string(),
  assertions,
  row_count: z.int(),
  created_at: moment,
  /** Of the dataset and its rows; an evaluation from before it does not open a gate. */
  updated_at: moment,
});
const newRow = z.strictObject({
  inputs: variableValues.default({}),
  expected: text.nullable().default(null),
  assertions: assertions.default([]),
});
export const datasetRow = z.object({
  number: z.int(),
  inputs: z.record(z.string(), z.unknown()),
  expected: z.string().nullable(),
  assertions,
});

const mayRead = { permission: 'prompts:read' } as const;
const mayWrite = { permission: 'prompts:write' } as const;
const tag = 'Evaluations';
const datasetsPath = '/workspaces/{workspace_id}/datasets' as const;
const datasetPath = `${datasetsPath}/{dataset_id}` as const;
const rowsPath = `${datasetPath}/rows` as const;
const ofDataset = { ...inWorkspace, dataset_id: id };
const deleted = z.object({ id, deleted: z.literal(true) });
const number = z.coerce.number().int().min(1).max(2_147_483_647);

export const datasets = {
  list: endpoint({ method: 'GET', path: datasetsPath, summary: 'List datasets', tag }, mayRead)
    .input(pageQuery.extend(inWorkspace))
    .output(pageOf(dataset)),
  create: endpoint(
    { method: 'POST', path: datasetsPath, summary: 'Create a dataset', tag, status: 201 },
    mayWrite,
  )
    .input(
      z.strictObject({
        ...inWorkspace,
        name,
        description: description.default(''),
        assertions: assertions.default([]),
        rows: z.array(newRow).max(1_000).default([]),
      }),
    )
    .output(dataset),
  get: endpoint({ method: 'GET', path: datasetPath, summary: 'Read a dataset', tag }, mayRead)
    .input(z.strictObject(ofDataset))
    .output(dataset),
  change: endpoint({ method: 'PATCH', path: datasetPath, summary: 'Change a dataset', tag }, mayWrite)
    .input(
      z.strictObject({
        ...ofDataset,
        name: name.optional(),
        description: description.optional(),
        assertions: assertions.optional(),
      }),
    )
    .output(dataset),
  remove: endpoint(
    { method: 'DELETE', path: datasetPath, summary: 'Delete a dataset with its evaluations', tag },
    mayWrite,
  )
    .input(z.strictObject(ofDataset))
    .output(deleted),
  listRows: endpoint({ method: 'GET', path: rowsPath, summary: 'List the rows of a dataset', tag }, mayRead)
    .input(pageQuery.extend(ofDataset))
    .output(pageOf(datasetRow)),
  addRows: endpoint(
    { method: 'POST', path: rowsPath, summary: 'Add rows to a dataset', tag, status: 201 },
    mayWrite,
  )
    .input(z.strictObject({ ...ofDataset, rows: z.array(newRow).min(1).max(1_000) }))
    .output(dataset),
  removeRow: endpoint(
    { method: 'DELETE', path: `${rowsPath}/{number}`, summary: 'Delete a row of a dataset', tag },
    mayWrite,
  )
    .input(z.strictObject({ ...ofDataset, number }))
    .output(dataset),
};

export const score = z.object({
  type: z.string(),
  is_passed: z.boolean(),
  /** From 0 to 1; for what only holds or does not, 0 or 1. */
  score: z.number(),
  reason: z.string(),
});
export const evaluation = z.object({
  id,
  workspace_id: id,
  prompt_id: id,
  version: z.int(),
  dataset_id: id,
  /** The job of the same id makes the calls; cancel and retry it there. */
  job,
  assertions,
  summary: z.object({
    total: z.int(),
    passed: z.int(),
    failed: z.int(),
    /** Rows whose call failed; they count as failed. */
    errors: z.int(),
    pass_rate: z.number().nullable(),
    mean_score: z.number().nullable(),
  }),
});
export const evaluationResult = jobRow.extend({
  is_passed: z.boolean().nullable(),
  scores: z.array(score),
});

const path = '/workspaces/{workspace_id}/evaluations' as const;
const one = { ...inWorkspace, evaluation_id: id };

export const evaluations = {
  list: endpoint({ method: 'GET', path, summary: 'List evaluations', tag }, mayRead)
    .input(pageQuery.extend({ ...inWorkspace, prompt_id: id.optional(), dataset_id: id.optional() }))
    .output(pageOf(evaluation)),
  create: endpoint(
    { method: 'POST', path, summary: 'Evaluate a version of a prompt on a dataset', tag, status: 201 },
    { permission: 'ai:query' },
  )
    .input(
      z.strictObject({
        ...inWorkspace,
        prompt_id: id,
        version: z.int().min(1).max(2_147_483_647).optional(),
        label: label.optional(),
        dataset_id: id,
        /** How the model is called; over what the version says itself. */
        settings: modelSettings.default(noSettings),
        concurrency: z.int().min(1).max(20).default(5),
      }),
    )
    .output(evaluation),
  get: endpoint(
    { method: 'GET', path: `${path}/{evaluation_id}`, summary: 'Read an evaluation', tag },
    mayRead,
  )
    .input(z.strictObject(one))
    .output(evaluation),
  listResults: endpoint(
    { method: 'GET', path: `${path}/{evaluation_id}/results`, summary: 'List what came of each row', tag },
    mayRead,
  )
    .input(pageQuery.extend({ ...one, passed: z.enum(['true', 'false']).optional() }))
    .output(pageOf(evaluationResult)),
};

const gatePath = `${promptPath}/gates` as const;
export const promptGate = z.object({
  label: z.string(),
  dataset_id: id,
  minimum_pass_rate: z.number(),
  created_at: moment,
});
export const promptGates = {
  list: endpoint({ method: 'GET', path: gatePath, summary: 'List the gates of a prompt', tag }, mayRead)
    .input(z.strictObject(ofPrompt))
    .output(z.object({ data: z.array(promptGate) })),
  put: endpoint(
    {
      method: 'PUT',
      path: `${gatePath}/{label}`,
      summary: 'Let a label move only to versions that pass',
      tag,
    },
    mayWrite,
  )
    .input(
      z.strictObject({
        ...ofPrompt,
        label,
        dataset_id: id,
        minimum_pass_rate: z.number().min(0).max(1).default(1),
      }),
    )
    .output(promptGate),
  remove: endpoint(
    { method: 'DELETE', path: `${gatePath}/{label}`, summary: 'Take the gate of a label away', tag },
    mayWrite,
  )
    .input(z.strictObject({ ...ofPrompt, label }))
    .output(prompt),
};
