// Queries on links to conversations.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { ConversationTables } from '../conversations/conversation-tables.ts';
import type { Of } from '../messages/store.ts';

export type ShareRow = Selectable<ConversationTables['conversation_shares']>;
/** A link with the title of what it shows. */
export type FoundShare = ShareRow & { title: string };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'conversation_id',
  'message_id',
  'audience',
  'token_hash',
  'created_by',
  'expires_at',
  'created_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<ConversationTables>() as unknown as Kysely<ConversationTables>;

const within = (tx: TenantTx, of: Of) =>
  on(tx)
    .selectFrom('conversation_shares')
    .select(columns)
    .where('organization_id', '=', of.organization_id)
    .where('workspace_id', '=', of.workspace_id)
    .where('conversation_id', '=', of.id);

/** How many links the conversation has that still lead somewhere. */
export async function countShares(tx: TenantTx, of: Of, now: Date): Promise<number> {
  const row = await within(tx, of)
    .clearSelect()
    .select(sql<number>`count(*)::int`.as('n'))
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Adds a link to a conversation that was found under its owner. */
export async function addShare(tx: TenantTx, row: Omit<ShareRow, 'created_at'>): Promise<ShareRow> {
  return on(tx).insertInto('conversation_shares').values(row).returning(columns).executeTakeFirstOrThrow();
}

/** A page of links, newest first; reads one more than `limit`. */
export async function listShares(
  tx: TenantTx,
  of: Of,
  page: { limit: number; before: string | undefined },
): Promise<ShareRow[]> {
  let query = within(tx, of);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Deletes a link; undefined when there was none. */
export async function deleteShare(tx: TenantTx, of: Of, id: string): Promise<{ id: string } | undefined> {
  return on(tx)
    .deleteFrom('conversation_shares')
    .where('organization_id', '=', of.organization_id)
    .where('workspace_id', '=', of.workspace_id)
    .where('conversation_id', '=', of.id)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst();
}

/** The link behind a hash, for one of the audiences, unless it has expired. */
export async function findShare(
  tx: TenantTx,
  at: { organizationId: string; tokenHash: Buffer; audiences: ShareRow['audience'][]; now: Date },
): Promise<FoundShare | undefined> {
  return on(tx)
    .selectFrom('conversation_shares as s')
    .innerJoin('conversations as c', (j) =>
      j.onRef('c.organization_id', '=', 's.organization_id').onRef('c.id', '=', 's.conversation_id'),
    )
    .select([
      's.organization_id',
      's.id',
      's.workspace_id',
      's.conversation_id',
      's.message_id',
      's.audience',
      's.token_hash',
      's.created_by',
      's.expires_at',
      's.created_at',
      'c.title',
    ])
    .where('s.organization_id', '=', at.organizationId)
    .where('s.token_hash', '=', at.tokenHash)
    .where('s.audience', 'in', at.audiences)
    .where('s.expires_at', '>', at.now)
    .executeTakeFirst();
}
