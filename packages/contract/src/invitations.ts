// Invitations on paper: how somebody becomes a member of an organization. Their problems stand with those of members.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { email, id, moment, name, pageOf, pageQuery, password } from './fields.ts';
import { signedIn } from './identity.ts';
import { placedRole, roleName, workspaceRole } from './members.ts';

export const invitation = z.object({
  id,
  email: z.string(),
  role: roleName,
  workspace_roles: z.array(placedRole),
  invited_by: id.nullable(),
  expires_at: moment,
  created_at: moment,
});

const path = { organization_id: id };
/** The secret of an invitation link; whatever it is not answers the same. */
const token = z.string().min(1).max(200);
const placedRoles = z
  .array(z.strictObject({ workspace_id: id, role: workspaceRole }))
  .max(100)
  .refine(
    (given) => new Set(given.map((one) => one.workspace_id)).size === given.length,
    'Name each workspace once.',
  );

export const invitations = {
  list: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/invitations',
      summary: 'List open invitations',
      tag: 'Invitations',
    },
    { permission: 'members:read' },
  )
    .input(pageQuery.extend(path))
    .output(pageOf(invitation)),
  create: endpoint(
    {
      method: 'POST',
      path: '/organizations/{organization_id}/invitations',
      summary: 'Invite somebody; the link is shown once',
      tag: 'Invitations',
      status: 201,
    },
    { permission: 'members:write' },
  )
    .input(
      z.strictObject({
        ...path,
        email,
        role: roleName,
        workspace_roles: placedRoles.default([]),
        expires_in_hours: z.int().min(1).max(720).default(168),
      }),
    )
    .output(invitation.extend({ url: z.url(), delivered: z.boolean() })),
  remove: endpoint(
    {
      method: 'DELETE',
      path: '/organizations/{organization_id}/invitations/{invitation_id}',
      summary: 'Withdraw an invitation',
      tag: 'Invitations',
    },
    { permission: 'members:write' },
  )
    .input(z.strictObject({ ...path, invitation_id: id }))
    .output(z.object({ id, deleted: z.literal(true) })),
  preview: endpoint(
    {
      method: 'POST',
      path: '/invitations/preview',
      summary: 'What an invitation link invites to',
      tag: 'Invitations',
    },
    { public: true },
  )
    .input(z.strictObject({ token }))
    .output(
      z.object({
        organization_name: z.string(),
        email: z.string(),
        role: roleName,
        expires_at: moment,
        account_exists: z.boolean(),
      }),
    ),
  accept: endpoint(
    {
      method: 'POST',
      path: '/invitations/accept',
      summary: 'Join with an invitation: with a new password, or with the one of the account there is',
      tag: 'Invitations',
    },
    { public: true },
  )
    .input(z.strictObject({ token, name: name.optional(), password }))
    .output(signedIn),
};
