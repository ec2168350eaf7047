// A group and its people as the contract shows them.
import type { accessGroup, groupMember } from '@insula/contract/collection-access';
import type { z } from 'zod';
import type { GroupMemberRow, GroupRow } from './store.ts';

export type Group = z.infer<typeof accessGroup>;
export type GroupMember = z.infer<typeof groupMember>;

/** Presents a row, with moments as text. */
export function presentGroup({ created_at, ...row }: GroupRow): Group {
  return { ...row, created_at: created_at.toISOString() };
}

/** Presents a person of a group. */
export function presentGroupMember({ added_at, ...row }: GroupMemberRow): GroupMember {
  return { ...row, added_at: added_at.toISOString() };
}
