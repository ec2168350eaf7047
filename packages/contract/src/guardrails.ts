// Guardrails on paper: what may go into a model call and what may come out of it, for one workspace and for the whole
// organization. Both apply, and where they differ the stricter action wins.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, name } from './fields.ts';
import { problemsOf } from './problem.ts';

export const guardrailProblems = {
  guardrail_pattern_invalid: {
    status: 400,
    message:
      'The pattern of the rule "{rule}" cannot be used: {reason} Patterns are written in the syntax of RE2.',
  },
  guardrail_region_unknown: {
    status: 400,
    message: 'There is no region "{region}" with telephone numbers. Use two capital letters, such as US.',
  },
  guardrail_rule_repeated: {
    status: 400,
    message: 'Two rules are called "{rule}". Give each a name of its own.',
  },
  content_blocked: {
    status: 400,
    message:
      'The guardrails of this workspace do not let this {phase} through: {kinds}. Take it out and try again.',
  },
  guardrails_unavailable: {
    status: 503,
    message:
      'A guardrail of this workspace could not be applied, so the call was not made: {reason} Try again, or set on_failure to "allow".',
  },
  guardrails_text_too_long: {
    status: 413,
    message: 'The guardrails of this workspace read at most {limit} characters in one call. Send less text.',
  },
} as const;
export const guardrailProblem = problemsOf(guardrailProblems);

/** What is done with what a rule finds, from mild to strict. */
export const guardrailActions = ['flag', 'mask', 'block'] as const;
/** Personal facts and secrets that can be recognised. */
export const personalKinds = [
  'email',
  'phone',
  'credit_card',
  'iban',
  'us_ssn',
  'passport',
  'national_id',
  'ip_address',
  'api_key',
  'private_key',
] as const;

const action = z.enum(guardrailActions);
const sureAction = z.enum(['flag', 'block']);
const phase = z.enum(['input', 'output']);
const somePhases = z.array(phase).min(1).max(2);
const phases = somePhases.default(['input', 'output']);
const threshold = z.number().min(0).max(1).default(0.8);

/** One rule; what it finds at or above its threshold is flagged, masked or blocked. */
export const guardrailRule = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('personal'),
    name,
    phases,
    action,
    threshold,
    kinds: z
      .array(z.enum(personalKinds))
      .min(1)
      .max(personalKinds.length)
      .default([...personalKinds]),
    regions: z
      .array(z.string().regex(/^[A-Z]{2}$/, 'Use two capital letters, such as US.'))
      .max(12)
      .default(['US', 'GB']),
    restore: z.boolean().default(true),
  }),
  z.strictObject({
    type: z.literal('prompt_injection'),
    name,
    phases: somePhases.default(['input']),
    action: sureAction,
    threshold,
  }),
  z.strictObject({
    type: z.literal('toxicity'),
    name,
    phases,
    action: sureAction,
    threshold,
    credential_id: id.nullable().default(null),
    model: z.string().min(1).max(100).default('omni-moderation-latest'),
  }),
  z.strictObject({
    type: z.literal('deny_list'),
    name,
    phases,
    action,
    words: z.array(z.string().trim().min(1).max(200)).min(1).max(1_000),
  }),
  z.strictObject({
    type: z.literal('pattern'),
    name,
    phases,
    action,
    pattern: z.string().min(1).max(500),
    ignore_case: z.boolean().default(false),
  }),
]);

const policy = {
  enabled: z.boolean().default(true),
  /** What happens to a call when a rule that needs a model cannot be applied. */
  on_failure: z.enum(['block', 'allow']).default('block'),
  rules: z.array(guardrailRule).max(50),
};
export const guardrails = z.object({
  workspace_id: id.nullable(),
  enabled: z.boolean(),
  on_failure: z.enum(['block', 'allow']),
  rules: z.array(guardrailRule),
  updated_at: moment.nullable(),
});

/** A thing found: where and how sure, never the text itself; `hash` is equal for equal texts in one organization. */
export const guardrailFinding = z.object({
  rule: z.string(),
  source: z.enum(['organization', 'workspace']),
  kind: z.string(),
  phase,
  action,
  score: z.number(),
  count: z.int(),
  offsets: z.array(z.object({ part: z.int(), start: z.int(), end: z.int() })),
  hash: z.string(),
});
const verdict = z.object({
  verdict: z.enum(['pass', 'flag', 'mask', 'block']),
  text: z.string().nullable(),
  findings: z.array(guardrailFinding),
});

const tag = 'Guardrails';
const mayRead = { permission: 'configuration:read' } as const;

/** The three endpoints, for one of the two homes of a policy. */
function guardrailEndpoints<O extends Record<string, typeof id>>(
  home: { path: `/${string}`; whose: string; write: 'workspaces:write' | 'configuration:write' },
  owner: O,
) {
  const path = `${home.path}/guardrails` as const;
  return {
    get: endpoint({ method: 'GET', path, summary: `Read the guardrails of ${home.whose}`, tag }, mayRead)
      .input(z.strictObject(owner))
      .output(guardrails),
    replace: endpoint(
      { method: 'PUT', path, summary: `Set the guardrails of ${home.whose}`, tag },
      { permission: home.write },
    )
      .input(z.strictObject({ ...owner, ...policy }))
      .output(guardrails),
  };
}

const inWorkspace = '/workspaces/{workspace_id}' as const;
export const workspaceGuardrails = {
  ...guardrailEndpoints(
    { path: inWorkspace, whose: 'a workspace', write: 'workspaces:write' },
    { workspace_id: id },
  ),
  test: endpoint(
    {
      method: 'POST',
      path: `${inWorkspace}/guardrails/test`,
      summary: 'Run a text through the guardrails that hold in a workspace',
      tag,
    },
    mayRead,
  )
    .input(
      z.strictObject({
        workspace_id: id,
        text: z.string().min(1).max(20_000),
        phase: phase.default('input'),
      }),
    )
    .output(verdict),
};
export const organizationGuardrails = guardrailEndpoints(
  {
    path: '/organizations/{organization_id}',
    whose: 'the organization, which hold in every workspace',
    write: 'configuration:write',
  },
  { organization_id: id },
);
