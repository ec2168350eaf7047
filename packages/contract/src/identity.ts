// Signing in and sessions on paper; the problems are those of API keys too.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, pageOf, pageQuery, password, slug } from './fields.ts';
import { problemsOf } from './problem.ts';

export const identityProblems = {
  sign_in_failed: { status: 401, message: 'The e-mail address or the password is not right.' },
  sign_in_delayed: {
    status: 429,
    message: 'Too many failed attempts. Try again in {retry_after_seconds} seconds.',
  },
  organization_needed: {
    status: 409,
    message: 'This account belongs to several organizations. Name one of them as "organization".',
  },
  no_organization: {
    status: 403,
    message: 'This account belongs to no organization. Ask an administrator for an invitation.',
  },
  account_suspended: {
    status: 403,
    message: 'This account is suspended. Ask the operator of this platform to resume it.',
  },
  member_suspended: {
    status: 403,
    message: 'You are suspended in this organization. Ask one of its administrators to resume you.',
  },
  refresh_token_invalid: { status: 401, message: 'This refresh token is not valid. Sign in again.' },
  person_needed: {
    status: 403,
    message:
      'Only a person who is signed in to this organization can do this: an API key or a visitor cannot.',
  },
  session_not_found: { status: 404, message: 'There is no such session here.' },
  password_wrong: { status: 403, message: 'The current password is not right.' },
  password_weak: { status: 400, message: 'Choose another password: {reason}' },
  key_not_found: { status: 404, message: 'There is no such API key here.' },
  key_inactive: { status: 409, message: 'This API key is revoked or expired. Create a new one.' },
  scope_not_held: {
    status: 403,
    message: 'You cannot give a key the scope "{scope}", because you do not have it here yourself.',
  },
  expiry_past: { status: 400, message: 'expires_at: give a moment in the future.' },
  workspace_needed: {
    status: 400,
    message: 'Name the workspace with the header X-Workspace-ID: the default one is not yours to use.',
  },
} as const;
export const identityProblem = problemsOf(identityProblems);

/** What people type as their address; wider than an e-mail field, because accounts of a local server have no domain. */
const typedEmail = z.string().trim().toLowerCase().min(1).max(254);
const refreshToken = z.string().min(1).max(300);

export const organizationReference = z.object({ id, slug, name: z.string() });

/** What every way of signing in answers. `expires_in` is the life of the access token in seconds. */
export const signedIn = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  refresh_token: z.string(),
  organization: organizationReference,
  user: z.object({ id, email: z.string(), name: z.string(), role: z.string() }),
});

export const session = z.object({
  id,
  member_id: id,
  method: z.string(),
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  created_at: moment,
  last_seen_at: moment,
  expires_at: moment,
  /** Whether it is the one this request was made with. */
  current: z.boolean(),
});

const caller = z.object({
  kind: z.enum(['member', 'api_key', 'operator']),
  id,
  name: z.string(),
  organization: organizationReference,
  /** The workspaces in sight; null means all of the organization. */
  workspaces: z.array(id).nullable(),
  /** Permissions in the whole organization. */
  permissions: z.array(z.string()),
  /** Permissions in single workspaces, on top. */
  workspace_permissions: z.record(z.string(), z.array(z.string())),
  user: z.object({ id, email: z.string(), name: z.string(), role: z.string() }).nullable(),
  session_id: id.nullable(),
});

const jwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});

const tag = 'Authentication';
export const auth = {
  login: endpoint(
    { method: 'POST', path: '/auth/login', summary: 'Sign in with e-mail and password', tag },
    { public: true },
  )
    .input(
      z
        .strictObject({
          email: typedEmail.optional(),
          username: typedEmail.optional().describe('Another name for email.'),
          password,
          organization: z
            .string()
            .min(1)
            .max(63)
            .optional()
            .describe('Slug or id; the header X-Tenant-ID does the same.'),
        })
        .refine((given) => (given.email === undefined) !== (given.username === undefined), {
          message: 'Give either email or username.',
          path: ['email'],
        }),
    )
    .output(signedIn),
  refresh: endpoint(
    {
      method: 'POST',
      path: '/auth/refresh',
      summary: 'Exchange a refresh token for a new pair of tokens',
      tag,
    },
    { public: true },
  )
    .input(z.strictObject({ refresh_token: refreshToken }))
    .output(signedIn),
  logout: endpoint(
    { method: 'POST', path: '/auth/logout', summary: 'End the session', tag },
    { signedIn: true },
  )
    .input(z.strictObject({}))
    .output(z.object({ id, ended: z.literal(true) })),
  me: endpoint(
    { method: 'GET', path: '/auth/me', summary: 'Who the credential stands for, and what it may do', tag },
    { signedIn: true },
  )
    .input(z.strictObject({}))
    .output(caller),
  listOrganizations: endpoint(
    { method: 'GET', path: '/auth/organizations', summary: 'List the organizations of the account', tag },
    { signedIn: true },
  )
    .input(z.strictObject({}))
    .output(z.object({ data: z.array(organizationReference.extend({ role: z.string() })) })),
  switch: endpoint(
    {
      method: 'POST',
      path: '/auth/switch',
      summary: 'Open a session in another organization of the account',
      tag,
    },
    { signedIn: true },
  )
    .input(z.strictObject({ organization_id: id }))
    .output(signedIn),
  changePassword: endpoint(
    {
      method: 'POST',
      path: '/auth/password',
      summary: 'Change the password: all other sessions of the account end',
      tag,
    },
    { signedIn: true },
  )
    .input(z.strictObject({ current_password: password, new_password: password }))
    .output(z.object({ id, changed: z.literal(true) })),
  listSigningKeys: endpoint(
    {
      method: 'GET',
      path: '/.well-known/jwks.json',
      summary: 'The keys that access tokens are signed with',
      tag,
    },
    { public: true, root: true },
  )
    .input(z.strictObject({}))
    .output(z.object({ keys: z.array(jwk) })),
};

export const sessions = {
  list: endpoint(
    { method: 'GET', path: '/sessions', summary: 'List your own sessions in this organization', tag },
    { signedIn: true },
  )
    .input(pageQuery)
    .output(pageOf(session)),
  end: endpoint(
    {
      method: 'DELETE',
      path: '/sessions/{session_id}',
      summary: "End a session: your own, or with members:write anybody's of the organization",
      tag,
    },
    { signedIn: true },
  )
    .input(z.strictObject({ session_id: id }))
    .output(z.object({ id, ended: z.literal(true) })),
  listOfMember: endpoint(
    { method: 'GET', path: '/members/{member_id}/sessions', summary: 'List the sessions of a member', tag },
    { permission: 'members:read' },
  )
    .input(pageQuery.extend({ member_id: id }))
    .output(pageOf(session)),
};
