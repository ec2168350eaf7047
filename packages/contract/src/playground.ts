// What is tried out on paper: one question to several models or versions side by side, with votes; and playground states that
// are shared inside the workspace by a link.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { freeObject, id, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';
import {
  author,
  modelSettings,
  noSettings,
  promptContent,
  variables,
  variableValues,
} from './prompt-templates.ts';
import { inWorkspace, label } from './prompts.ts';

export const playgroundProblems = {
  comparison_not_found: { status: 404, message: 'There is no such comparison in this workspace.' },
  comparison_candidate_invalid: { status: 400, message: 'Candidate {position} cannot be asked: {reason}' },
  comparison_answer_missing: {
    status: 400,
    message: 'Candidate {position} has no answer that could be voted for.',
  },
  share_not_found: { status: 404, message: 'There is no such shared playground in this workspace.' },
} as const;
export const playgroundProblem = problemsOf(playgroundProblems);

const title = z.string().trim().max(200);
export const candidate = z.strictObject({
  /** A version of a prompt; left out, the comparison's own content is asked. */
  prompt_id: id.optional(),
  version: z.int().min(1).max(2_147_483_647).optional(),
  label: label.optional(),
  /** How it is called; over what the version says itself. */
  settings: modelSettings.default(noSettings),
});

export const comparisonAnswer = z.object({
  /** From 1, in the order of the candidates. */
  position: z.int(),
  prompt_id: id.nullable(),
  prompt_version: z.int().nullable(),
  settings: modelSettings,
  state: z.enum(['running', 'succeeded', 'failed']),
  answer: z.string().nullable(),
  error_code: z.string().nullable(),
  error: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  input_tokens: z.int().nullable(),
  output_tokens: z.int().nullable(),
  cost_micros: z.int().nullable(),
  currency: z.string().nullable(),
  latency_ms: z.int().nullable(),
  /** The call in ledger and request log. */
  call_id: id,
  votes: z.int(),
});
export const comparison = z.object({
  id,
  workspace_id: id,
  title: z.string(),
  content: promptContent.nullable(),
  values: z.record(z.string(), z.unknown()),
  answers: z.array(comparisonAnswer),
  /** The position the reader voted for. */
  own_vote: z.int().nullable(),
  author,
  created_at: moment,
});

const mayAsk = { permission: 'ai:query' } as const;
const mayRead = { permission: 'prompts:read' } as const;
const tag = 'Playground';
const path = '/workspaces/{workspace_id}/comparisons' as const;
const one = { ...inWorkspace, comparison_id: id };
const deleted = z.object({ id, deleted: z.literal(true) });

export const comparisons = {
  list: endpoint({ method: 'GET', path, summary: 'List comparisons', tag }, mayRead)
    .input(pageQuery.extend(inWorkspace))
    .output(pageOf(comparison)),
  create: endpoint(
    { method: 'POST', path, summary: 'Ask up to four models or versions the same', tag, status: 201 },
    mayAsk,
  )
    .input(
      z.strictObject({
        ...inWorkspace,
        title: title.default(''),
        content: promptContent.optional(),
        variables: variables.default([]),
        values: variableValues.default({}),
        candidates: z.array(candidate).min(1).max(4),
      }),
    )
    .output(comparison),
  get: endpoint(
    { method: 'GET', path: `${path}/{comparison_id}`, summary: 'Read a comparison', tag },
    mayRead,
  )
    .input(z.strictObject(one))
    .output(comparison),
  vote: endpoint(
    { method: 'PUT', path: `${path}/{comparison_id}/vote`, summary: 'Vote for the best answer', tag },
    mayAsk,
  )
    .input(
      z.strictObject({
        ...one,
        position: z.int().min(1).max(4),
        note: z.string().trim().max(1_000).default(''),
      }),
    )
    .output(comparison),
  remove: endpoint(
    { method: 'DELETE', path: `${path}/{comparison_id}`, summary: 'Delete a comparison', tag },
    { permission: 'prompts:write' },
  )
    .input(z.strictObject(one))
    .output(deleted),
};

export const playgroundShare = z.object({
  id,
  workspace_id: id,
  title: z.string(),
  state: z.record(z.string(), z.unknown()),
  author,
  created_at: moment,
});
const sharesPath = '/workspaces/{workspace_id}/playground-shares' as const;
const share = { ...inWorkspace, share_id: id };

export const playgroundShares = {
  create: endpoint(
    {
      method: 'POST',
      path: sharesPath,
      summary: 'Share a playground inside the workspace',
      tag,
      status: 201,
    },
    mayAsk,
  )
    .input(z.strictObject({ ...inWorkspace, title: title.default(''), state: freeObject }))
    .output(playgroundShare),
  get: endpoint(
    { method: 'GET', path: `${sharesPath}/{share_id}`, summary: 'Open a shared playground', tag },
    mayRead,
  )
    .input(z.strictObject(share))
    .output(playgroundShare),
  remove: endpoint(
    { method: 'DELETE', path: `${sharesPath}/{share_id}`, summary: 'Stop sharing a playground', tag },
    { permission: 'prompts:write' },
  )
    .input(z.strictObject(share))
    .output(deleted),
};
