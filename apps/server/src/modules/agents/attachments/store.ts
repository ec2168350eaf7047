// Queries on attachments, under a conversation whose owner was checked by whoever asks.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { ConversationTables } from '../conversations/conversation-tables.ts';
import type { Of } from '../messages/store.ts';

export type AttachmentRow = Selectable<ConversationTables['conversation_attachments']>;
export type AttachmentHead = Omit<AttachmentRow, 'text'>;

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'conversation_id',
  'name',
  'media_type',
  'bytes',
  'created_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<ConversationTables>() as unknown as Kysely<ConversationTables>;

const within = (tx: TenantTx, of: Of) =>
  on(tx)
    .selectFrom('conversation_attachments')
    .select(columns)
    .where('organization_id', '=', of.organization_id)
    .where('workspace_id', '=', of.workspace_id)
    .where('conversation_id', '=', of.id);

/** How many attachments the conversation has. */
export async function countAttachments(tx: TenantTx, of: Of): Promise<number> {
  const row = await within(tx, of)
    .clearSelect()
    .select(sql<number>`count(*)::int`.as('n'))
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Adds an attachment. */
export async function addAttachment(
  tx: TenantTx,
  of: Of,
  row: Pick<AttachmentRow, 'id' | 'name' | 'media_type' | 'bytes' | 'text'>,
): Promise<AttachmentHead> {
  const place = {
    organization_id: of.organization_id,
    workspace_id: of.workspace_id,
    conversation_id: of.id,
  };
  return on(tx)
    .insertInto('conversation_attachments')
    .values({ ...place, ...row })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

/** A page of attachments without their text, newest first; reads one more than `limit`. */
export async function listAttachments(
  tx: TenantTx,
  of: Of,
  page: { limit: number; before: string | undefined },
): Promise<AttachmentHead[]> {
  let query = within(tx, of);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Some attachments with their text. */
export async function readAttachments(tx: TenantTx, of: Of, ids: string[]): Promise<AttachmentRow[]> {
  if (ids.length === 0) return [];
  return within(tx, of).select('text').where('id', 'in', ids).orderBy('id').execute();
}

/** Deletes an attachment; undefined when there was none. */
export async function deleteAttachment(
  tx: TenantTx,
  of: Of,
  id: string,
): Promise<{ id: string } | undefined> {
  return on(tx)
    .deleteFrom('conversation_attachments')
    .where('organization_id', '=', of.organization_id)
    .where('workspace_id', '=', of.workspace_id)
    .where('conversation_id', '=', of.id)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst();
}
