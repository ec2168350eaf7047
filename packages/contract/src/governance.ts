// The trail of events and the keys of an organization, on paper: what happened, the proof that nobody changed it, and
// what its secrets are sealed with.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const governanceProblems = {
  whole_organization_needed: {
    status: 403,
    message:
      'This concerns the organization as a whole. Use a credential that is not bound to single workspaces.',
  },
  verification_under_way: {
    status: 409,
    message: 'This trail is being verified already. Wait until that is done.',
  },
  organization_keys_not_found: { status: 404, message: 'There are no encryption keys here.' },
  key_refused: { status: 400, message: 'The key was refused. {detail}' },
  too_many_key_versions: {
    status: 409,
    message: '{limit} key versions are in use already. Wait until the earlier ones are retired.',
  },
} as const;
export const governanceProblem = problemsOf(governanceProblems);

export const actorKind = z.enum(['member', 'api_key', 'operator', 'system', 'anonymous']);

/** One event of a trail; `seq` is its place in the chain, null while it waits to be sealed (less than a second). */
export const event = z.object({
  id,
  at: moment,
  type: z.string(),
  actor: z.object({ kind: actorKind, id: id.nullable(), name: z.string().nullable() }),
  subject: z.object({ type: z.string(), id: z.string() }),
  workspace_id: id.nullable(),
  details: z.record(z.string(), z.unknown()),
  request_id: id.nullable(),
  ip: z.string().nullable(),
  seq: z.int().nullable(),
});

const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'Give 64 hexadecimal digits, as a checkpoint shows them.')
  .describe('SHA-256, 64 hexadecimal digits.');

/** A signed statement that the chain had this hash at this place. */
export const checkpoint = z.object({
  seq: z.int(),
  hash,
  at: moment,
  signing_key: z.string(),
  signature: z.string(),
});

export const trailProblem = z.enum([
  'hash_differs',
  'event_missing',
  'seal_missing',
  'event_unaccounted',
  'checkpoint_forged',
  'checkpoint_missing',
  'checkpoint_key_unknown',
  'chain_rewritten',
]);

const verification = z.object({
  ok: z.boolean(),
  events: z.int(),
  sealed: z.int(),
  unsealed: z.int(),
  first_problem: z
    .object({ seq: z.int().nullable(), event_id: id.nullable(), problem: trailProblem })
    .nullable(),
  checkpoint: checkpoint.nullable(),
});

const eventFilter = {
  type: z
    .string()
    .max(100)
    .regex(
      /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*\.?$/,
      'Give a type such as workspace.created, or its beginning up to a dot: workspace.',
    )
    .optional(),
  actor_id: id.optional(),
  subject_id: z.string().min(1).max(200).optional(),
  workspace_id: id.optional(),
  from: moment.optional(),
  to: moment.optional(),
};
/** A place in the chain that the caller noted earlier: the chain must still go through it. */
const known = z.strictObject({ seq: z.int().min(1), hash }).optional();
const path = { organization_id: id };
const tag = 'Audit trail';

export const events = {
  list: endpoint(
    { method: 'GET', path: '/organizations/{organization_id}/events', summary: 'List events', tag },
    { permission: 'audit:read' },
  )
    .input(pageQuery.extend({ ...path, ...eventFilter }))
    .output(pageOf(event)),
  verify: endpoint(
    {
      method: 'POST',
      path: '/organizations/{organization_id}/events/verify',
      summary: 'Verify that no event was changed, removed or slipped in',
      tag,
    },
    { permission: 'audit:read' },
  )
    .input(z.strictObject({ ...path, known }))
    .output(verification),
};

export const platformEvents = {
  list: endpoint(
    { method: 'GET', path: '/platform/events', summary: "List events of the platform's own trail", tag },
    { permission: 'platform:operate' },
  )
    .input(pageQuery.extend(eventFilter))
    .output(pageOf(event)),
  verify: endpoint(
    { method: 'POST', path: '/platform/events/verify', summary: "Verify the platform's own trail", tag },
    { permission: 'platform:operate' },
  )
    .input(z.strictObject({ known }))
    .output(verification),
};

/** Answered as a stream of lines, by plain routes. */
export const trailExports = {
  organization: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/events/export',
      summary: 'Download the whole sealed trail as JSON lines, to be verified anywhere',
      tag,
    },
    { permission: 'audit:read', protocol: 'text' },
  )
    .input(z.strictObject(path))
    .output(z.string()),
  platform: endpoint(
    {
      method: 'GET',
      path: '/platform/events/export',
      summary: "Download the platform's own trail as JSON lines",
      tag,
    },
    { permission: 'platform:operate', protocol: 'text' },
  )
    .input(z.strictObject({}))
    .output(z.string()),
};

/** One version of an organization's key. Retiring: still opens what it sealed. Retired: destroyed. */
export const encryptionKey = z.object({
  version: z.int(),
  state: z.enum(['active', 'retiring', 'retired']),
  origin: z.enum(['generated', 'brought']),
  master_key_id: z.string(),
  created_at: moment,
});

export const encryptionKeys = {
  list: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/encryption-keys',
      summary: 'List the versions of the encryption key of an organization',
      tag: 'Encryption',
    },
    { permission: 'encryption:write' },
  )
    .input(pageQuery.extend(path))
    .output(pageOf(encryptionKey)),
  rotate: endpoint(
    {
      method: 'POST',
      path: '/organizations/{organization_id}/encryption-keys/rotate',
      summary: 'Seal with a new key from now on, and everything sealed earlier again in the background',
      tag: 'Encryption',
      status: 201,
    },
    { permission: 'encryption:write' },
  )
    .input(z.strictObject({ ...path, key: z.string().min(1).max(100).optional() }))
    .output(encryptionKey),
};
