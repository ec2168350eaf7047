// Who sees a collection, on paper: groups of people inside its workspace, and other workspaces that may read it.
import { z } from 'zod';
import { collectionAccess } from './collections.ts';
import { endpoint } from './endpoint.ts';
import { id, moment, name, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const accessProblems = {
  group_not_found: { status: 404, message: 'There is no such group in this workspace.' },
  group_name_taken: {
    status: 409,
    message: 'A group of this workspace is called "{name}" already. Choose another name.',
  },
  too_many_groups: { status: 409, message: 'This workspace has {limit} groups, which is the most.' },
  group_full: { status: 409, message: 'This group has {limit} people, which is the most.' },
  group_member_not_found: { status: 404, message: 'There is no such person in this group.' },
  member_outside_workspace: {
    status: 409,
    message: 'This person cannot see the workspace yet. Give them a role in it first.',
  },
  share_not_found: { status: 404, message: 'This collection is not shared with that workspace.' },
  share_exists: { status: 409, message: 'This collection is shared with that workspace already.' },
  share_with_itself: { status: 400, message: 'The collection belongs to that workspace. Name another one.' },
  too_many_shares: { status: 409, message: '{reason} {limit}, which is the most. End another share first.' },
} as const;
export const accessProblem = problemsOf(accessProblems);

const path = { workspace_id: id };
const collectionPath = { ...path, collection_id: id };
const groupPath = { ...path, group_id: id };
const mayWrite = { permission: 'workspaces:write' } as const;
const groups = '/workspaces/{workspace_id}/groups';
const group = `${groups}/{group_id}` as const;
const ofCollection = '/workspaces/{workspace_id}/collections/{collection_id}';
const removed = z.object({ id, deleted: z.literal(true) });

export const accessGroup = z.object({
  id,
  workspace_id: id,
  name,
  members: z.int(),
  /** The collections that these people see beside those for everyone. */
  collection_ids: z.array(id),
  created_at: moment,
});
export const groupMember = z.object({ id, email: z.string(), name: z.string(), added_at: moment });

export const accessGroups = {
  list: endpoint({ method: 'GET', path: groups, summary: 'List groups of people', tag: 'Groups' }, mayWrite)
    .input(pageQuery.extend(path))
    .output(pageOf(accessGroup)),
  create: endpoint(
    { method: 'POST', path: groups, summary: 'Create a group of people', tag: 'Groups', status: 201 },
    mayWrite,
  )
    .input(z.strictObject({ ...path, name }))
    .output(accessGroup),
  get: endpoint({ method: 'GET', path: group, summary: 'Read a group', tag: 'Groups' }, mayWrite)
    .input(z.strictObject(groupPath))
    .output(accessGroup),
  change: endpoint({ method: 'PATCH', path: group, summary: 'Rename a group', tag: 'Groups' }, mayWrite)
    .input(z.strictObject({ ...groupPath, name }))
    .output(accessGroup),
  remove: endpoint({ method: 'DELETE', path: group, summary: 'Delete a group', tag: 'Groups' }, mayWrite)
    .input(z.strictObject(groupPath))
    .output(removed),
  listMembers: endpoint(
    { method: 'GET', path: `${group}/members`, summary: 'List the people of a group', tag: 'Groups' },
    mayWrite,
  )
    .input(pageQuery.extend(groupPath))
    .output(pageOf(groupMember)),
  addMember: endpoint(
    {
      method: 'PUT',
      path: `${group}/members/{member_id}`,
      summary: 'Add a person to a group',
      tag: 'Groups',
    },
    mayWrite,
  )
    .input(z.strictObject({ ...groupPath, member_id: id }))
    .output(accessGroup),
  removeMember: endpoint(
    {
      method: 'DELETE',
      path: `${group}/members/{member_id}`,
      summary: 'Take a person out of a group',
      tag: 'Groups',
    },
    mayWrite,
  )
    .input(z.strictObject({ ...groupPath, member_id: id }))
    .output(accessGroup),
};

/** Who of its workspace sees a collection. */
export const collectionRights = z.object({
  collection_id: id,
  access: collectionAccess,
  groups: z.array(z.object({ id, name })),
});
export const collectionAccessRights = {
  get: endpoint(
    {
      method: 'GET',
      path: `${ofCollection}/access`,
      summary: 'Read who sees a collection',
      tag: 'Collections',
    },
    mayWrite,
  )
    .input(z.strictObject(collectionPath))
    .output(collectionRights),
  replace: endpoint(
    {
      method: 'PUT',
      path: `${ofCollection}/access`,
      summary: 'Say who sees a collection: everyone of the workspace, or some groups',
      tag: 'Collections',
    },
    mayWrite,
  )
    .input(
      z.strictObject({
        ...collectionPath,
        access: collectionAccess,
        /** The groups whose people see it when `access` is `groups`; none: only who administers the workspace. */
        group_ids: z.array(id).max(100).default([]),
      }),
    )
    .output(collectionRights),
};

/** A workspace that may read a collection of another one. */
export const collectionShare = z.object({
  id: id.describe('The workspace that reads the collection.'),
  workspace_name: z.string(),
  collection_id: id,
  granted_by: z.object({ id: id.nullable(), name: z.string() }),
  granted_at: moment,
});
const shares = `${ofCollection}/shares` as const;
export const collectionShares = {
  list: endpoint(
    {
      method: 'GET',
      path: shares,
      summary: 'List the workspaces that read a collection',
      tag: 'Collections',
    },
    mayWrite,
  )
    .input(pageQuery.extend(collectionPath))
    .output(pageOf(collectionShare)),
  create: endpoint(
    {
      method: 'POST',
      path: shares,
      summary: 'Let another workspace read a collection: everyone there finds what is in it',
      tag: 'Collections',
      status: 201,
    },
    mayWrite,
  )
    .input(z.strictObject({ ...collectionPath, to_workspace_id: id }))
    .output(collectionShare),
  remove: endpoint(
    {
      method: 'DELETE',
      path: `${shares}/{to_workspace_id}`,
      summary: 'Stop sharing a collection with a workspace, at once',
      tag: 'Collections',
    },
    mayWrite,
  )
    .input(z.strictObject({ ...collectionPath, to_workspace_id: id }))
    .output(removed),
};
