// The request log on paper: every model call with all its attempts, and what was asked and answered where that is kept.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, pageOf, pageQuery } from './fields.ts';
import { call } from './gateway.ts';
import { problemsOf } from './problem.ts';

export const requestProblems = {
  request_not_found: { status: 404, message: 'There is no such model call in this workspace.' },
} as const;
export const requestProblem = problemsOf(requestProblems);

/** A model call as its last attempt settled it. */
export const loggedRequest = call.omit({ attempt: true }).extend({
  attempts: z.int(),
  /** Whether what was asked and answered is kept: not at all, with personal data masked, or as it was. */
  content: z.enum(['none', 'redacted', 'full']),
});

/** A step on the way to the answer: a target passed over, or an attempt. */
export const chainStep = z.object({
  provider: z.string(),
  credential_id: id.nullable(),
  model: z.string(),
  attempt: z.int().nullable(),
  /** `skipped` (its circuit was open), `failed`, or `answered`. */
  outcome: z.enum(['skipped', 'failed', 'answered']),
  reason: z.string().nullable(),
});

const requestDetail = z.object({
  request: loggedRequest,
  attempts: z.array(call),
  chain: z.array(chainStep),
  findings: z.array(z.record(z.string(), z.unknown())),
  request_text: z.string().nullable(),
  response_text: z.string().nullable(),
});

const mayRead = { permission: 'requests:read' } as const;
const tag = 'Request log';
const path = '/workspaces/{workspace_id}/requests';
const filter = {
  from: moment.optional(),
  to: moment.optional(),
  model: z.string().min(1).max(256).optional(),
  provider: z.string().min(1).max(40).optional(),
  actor_id: id.optional(),
  outcome: z.enum(['answered', 'failed']).optional(),
};

export const requests = {
  list: endpoint({ method: 'GET', path, summary: 'List model calls, newest first', tag }, mayRead)
    .input(
      pageQuery.extend({
        workspace_id: id,
        ...filter,
        /** Words in what was asked or answered, where that is kept. */
        q: z.string().trim().min(2).max(200).optional(),
      }),
    )
    .output(pageOf(loggedRequest)),
  tail: endpoint(
    {
      method: 'GET',
      path: `${path}/tail`,
      summary: 'Follow model calls as they settle: waits up to wait_seconds for the first new one',
      tag,
    },
    mayRead,
  )
    .input(
      z.strictObject({
        workspace_id: id,
        after: moment.optional(),
        wait_seconds: z.coerce.number().int().min(0).max(25).default(20),
      }),
    )
    .output(z.object({ data: z.array(call), next_after: moment })),
  get: endpoint(
    { method: 'GET', path: `${path}/{request_id}`, summary: 'Read a model call with all its attempts', tag },
    mayRead,
  )
    .input(z.strictObject({ workspace_id: id, request_id: id }))
    .output(requestDetail),
};
