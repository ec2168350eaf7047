// The people of an organization on paper: members, and their roles there and in workspaces.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, name, pageOf, pageQuery, slug } from './fields.ts';
import { permission } from './permissions.ts';
import { problemsOf } from './problem.ts';

export const memberProblems = {
  member_not_found: { status: 404, message: 'There is no such member here.' },
  member_exists: { status: 409, message: '{email} is a member of this organization already.' },
  last_admin: {
    status: 409,
    message: 'An organization keeps at least one active admin. Make somebody else admin first.',
  },
  own_suspension: { status: 409, message: 'You cannot suspend yourself. Ask another administrator.' },
  rights_exceeded: {
    status: 403,
    message: 'That takes or gives rights that you do not have yourself: {missing}.',
  },
  too_many_members: {
    status: 403,
    message:
      'This organization may have {limit} members, open invitations included. Remove somebody or withdraw an invitation first.',
  },
  role_not_found: { status: 404, message: 'There is no such role here.' },
  role_unknown: { status: 400, message: 'There is no role "{role}" in this organization.' },
  role_taken: { status: 409, message: 'The role name "{slug}" is taken. Choose another.' },
  role_fixed: { status: 409, message: 'The role "{slug}" is part of the product and cannot be changed.' },
  role_in_use: {
    status: 409,
    message:
      'The role "{slug}" is held by {count} members or open invitations. Give them another role first.',
  },
  invitation_not_found: {
    status: 404,
    message: 'This invitation is not valid, or not any more. Ask for a new one.',
  },
  invitation_open: {
    status: 409,
    message: 'There is an open invitation for {email} already. Withdraw it to send another.',
  },
} as const;
export const memberProblem = problemsOf(memberProblems);

/** A role of an organization by its name: `admin`, `user`, `readonly`, `guest`, or a custom one. */
export const roleName = slug;
export const workspaceRole = z.enum(['workspace_admin', 'editor', 'viewer']);
export const placedRole = z.object({ workspace_id: id, role: workspaceRole });

export const member = z.object({
  id,
  email: z.string(),
  name: z.string(),
  role: roleName,
  status: z.enum(['active', 'suspended']),
  workspace_roles: z.array(placedRole),
  last_active_at: moment.nullable(),
  created_at: moment,
});

export const workspaceMember = z.object({
  workspace_id: id,
  member_id: id,
  email: z.string(),
  name: z.string(),
  status: z.enum(['active', 'suspended']),
  role: workspaceRole,
  created_at: moment,
});

/** `fixed` roles are part of the product; the others are an organization's own. */
export const role = z.object({
  id,
  slug: roleName,
  name,
  permissions: z.array(permission),
  fixed: z.boolean(),
  created_at: moment.nullable(),
});

const path = { organization_id: id };
const memberPath = { ...path, member_id: id };
const removed = z.object({ id, deleted: z.literal(true) });

const tag = 'Members';
export const members = {
  list: endpoint(
    { method: 'GET', path: '/organizations/{organization_id}/members', summary: 'List members', tag },
    { permission: 'members:read', also: ['/organizations/{organization_id}/users'] },
  )
    .input(
      pageQuery.extend({
        ...path,
        role: roleName.optional(),
        status: z.enum(['active', 'suspended']).optional(),
        search: z.string().trim().min(1).max(254).optional().describe('The beginning of an e-mail address.'),
      }),
    )
    .output(pageOf(member)),
  get: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/members/{member_id}',
      summary: 'Read a member',
      tag,
    },
    { permission: 'members:read', also: ['/organizations/{organization_id}/users/{member_id}'] },
  )
    .input(z.strictObject(memberPath))
    .output(member),
  change: endpoint(
    {
      method: 'PATCH',
      path: '/organizations/{organization_id}/members/{member_id}',
      summary: "Change a member's role, status or name",
      tag,
    },
    { permission: 'members:write', also: ['/organizations/{organization_id}/users/{member_id}'] },
  )
    .input(
      z.strictObject({
        ...memberPath,
        role: roleName.optional(),
        status: z.enum(['active', 'suspended']).optional(),
        name: name.optional(),
      }),
    )
    .output(member),
  remove: endpoint(
    {
      method: 'DELETE',
      path: '/organizations/{organization_id}/members/{member_id}',
      summary: 'Remove a member: sessions end and the keys they made are revoked',
      tag,
    },
    { permission: 'members:write', also: ['/organizations/{organization_id}/users/{member_id}'] },
  )
    .input(z.strictObject(memberPath))
    .output(removed),
};

const placePath = { workspace_id: id };
export const workspaceMembers = {
  list: endpoint(
    {
      method: 'GET',
      path: '/workspaces/{workspace_id}/members',
      summary: 'List who has a role in a workspace',
      tag,
    },
    { permission: 'workspaces:write' },
  )
    .input(pageQuery.extend(placePath))
    .output(pageOf(workspaceMember)),
  put: endpoint(
    {
      method: 'PUT',
      path: '/workspaces/{workspace_id}/members/{member_id}',
      summary: 'Give a member a role in a workspace',
      tag,
    },
    { permission: 'workspaces:write' },
  )
    .input(z.strictObject({ ...placePath, member_id: id, role: workspaceRole }))
    .output(workspaceMember),
  remove: endpoint(
    {
      method: 'DELETE',
      path: '/workspaces/{workspace_id}/members/{member_id}',
      summary: "Take a member's role in a workspace away",
      tag,
    },
    { permission: 'workspaces:write' },
  )
    .input(z.strictObject({ ...placePath, member_id: id }))
    .output(removed),
};

const rolePath = { ...path, role_id: id };
const permissions = z.array(permission).min(1).max(permission.options.length);
export const roles = {
  list: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/roles',
      summary: 'List roles, the fixed ones last',
      tag: 'Roles',
    },
    { permission: 'roles:read' },
  )
    .input(pageQuery.extend(path))
    .output(pageOf(role)),
  create: endpoint(
    {
      method: 'POST',
      path: '/organizations/{organization_id}/roles',
      summary: 'Create a role',
      tag: 'Roles',
      status: 201,
    },
    { permission: 'roles:write' },
  )
    .input(z.strictObject({ ...path, name, slug: slug.optional(), permissions }))
    .output(role),
  get: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/roles/{role_id}',
      summary: 'Read a role',
      tag: 'Roles',
    },
    { permission: 'roles:read' },
  )
    .input(z.strictObject(rolePath))
    .output(role),
  change: endpoint(
    {
      method: 'PATCH',
      path: '/organizations/{organization_id}/roles/{role_id}',
      summary: 'Change the name or the permissions of a role, for all who hold it',
      tag: 'Roles',
    },
    { permission: 'roles:write' },
  )
    .input(z.strictObject({ ...rolePath, name: name.optional(), permissions: permissions.optional() }))
    .output(role),
  remove: endpoint(
    {
      method: 'DELETE',
      path: '/organizations/{organization_id}/roles/{role_id}',
      summary: 'Delete a role that nobody holds',
      tag: 'Roles',
    },
    { permission: 'roles:write' },
  )
    .input(z.strictObject(rolePath))
    .output(removed),
};
