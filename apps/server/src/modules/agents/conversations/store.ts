// Queries on conversations. Every one names the owner: what is another's does not exist.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { ConversationTables } from './conversation-tables.ts';
import type { Shelf } from './shelf-of.ts';

export type ConversationRow = Selectable<ConversationTables['conversations']>;
export type NewConversation = Pick<
  ConversationRow,
  | 'organization_id'
  | 'id'
  | 'workspace_id'
  | 'agent_id'
  | 'owner_kind'
  | 'owner_id'
  | 'end_user'
  | 'session_id'
  | 'title'
  | 'title_source'
> & { number: number };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'agent_id',
  'owner_kind',
  'owner_id',
  'end_user',
  'session_id',
  'number',
  'title',
  'title_source',
  'active_message_id',
  'activity_id',
  'message_count',
  'created_at',
  'updated_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<ConversationTables>() as unknown as Kysely<ConversationTables>;

const ownedBy = (tx: TenantTx, at: Shelf) =>
  on(tx)
    .selectFrom('conversations')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('owner_kind', '=', at.ownerKind)
    .where('owner_id', '=', at.ownerId);

/** Adds a conversation; undefined when the owner has one of that session already. */
export async function addConversation(
  tx: TenantTx,
  row: NewConversation,
): Promise<ConversationRow | undefined> {
  return on(tx)
    .insertInto('conversations')
    .values({ ...row, activity_id: row.id })
    .onConflict((c) => c.doNothing())
    .returning(columns)
    .executeTakeFirst();
}

/** One conversation of the owner. */
export async function findConversation(
  tx: TenantTx,
  at: Shelf,
  id: string,
): Promise<ConversationRow | undefined> {
  return ownedBy(tx, at).where('id', '=', id).executeTakeFirst();
}

/** One conversation of the owner, which nobody else changes until the transaction ends. */
export async function holdConversation(
  tx: TenantTx,
  at: Shelf,
  id: string,
): Promise<ConversationRow | undefined> {
  return ownedBy(tx, at).where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

/** The owner's conversation by its session, or by its number. */
export async function findConversationBy(
  tx: TenantTx,
  at: Shelf,
  by: { session_id: string; end_user: string } | { number: number },
): Promise<ConversationRow | undefined> {
  if ('number' in by) return ownedBy(tx, at).where('number', '=', String(by.number)).executeTakeFirst();
  return ownedBy(tx, at)
    .where('end_user', '=', by.end_user)
    .where('session_id', '=', by.session_id)
    .executeTakeFirst();
}

export type Page = {
  limit: number;
  before: string | undefined;
  agentId: string | undefined;
  user: string | undefined;
  /** Patterns that title or messages must all match. */
  patterns: string[];
};

/** How many of the owner's latest conversations are searched. */
const SEARCHED_MAX = 1_000;

/** A page of the owner's conversations, latest activity first; reads one more than `limit`. */
export async function listConversations(tx: TenantTx, at: Shelf, page: Page): Promise<ConversationRow[]> {
  let query = ownedBy(tx, at);
  if (page.before !== undefined) query = query.where('activity_id', '<', page.before);
  if (page.agentId !== undefined) query = query.where('agent_id', '=', page.agentId);
  if (page.user !== undefined) query = query.where('end_user', '=', page.user);
  if (page.patterns.length > 0) query = query.where('id', 'in', latestOf(tx, at));
  for (const pattern of page.patterns)
    query = query.where((e) =>
      e.or([
        e('title', 'ilike', pattern),
        e.exists(
          e
            .selectFrom('messages')
            .select('messages.id')
            .where('messages.organization_id', '=', at.organizationId)
            .whereRef('messages.conversation_id', '=', 'conversations.id')
            .where('messages.text', 'ilike', pattern),
        ),
      ]),
    );
  return query
    .orderBy('activity_id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

const latestOf = (tx: TenantTx, at: Shelf) =>
  ownedBy(tx, at).clearSelect().select('id').orderBy('activity_id', 'desc').limit(SEARCHED_MAX);

/** Changes what is given; undefined when the owner has no such conversation. */
export async function updateConversation(
  tx: TenantTx,
  at: Shelf & { id: string },
  change: Partial<
    Pick<
      ConversationRow,
      'title' | 'title_source' | 'active_message_id' | 'agent_id' | 'activity_id' | 'updated_at'
    >
  > & { added?: number },
): Promise<ConversationRow | undefined> {
  const { added, ...set } = change;
  return on(tx)
    .updateTable('conversations')
    .set({ ...set, ...(added ? { message_count: sql<number>`message_count + ${added}` } : {}) })
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('owner_kind', '=', at.ownerKind)
    .where('owner_id', '=', at.ownerId)
    .where('id', '=', at.id)
    .returning(columns)
    .executeTakeFirst();
}

/** Deletes a conversation with everything in it; false when the owner has no such one. */
export async function deleteConversation(tx: TenantTx, at: Shelf & { id: string }): Promise<boolean> {
  const gone = await on(tx)
    .deleteFrom('conversations')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('owner_kind', '=', at.ownerKind)
    .where('owner_id', '=', at.ownerId)
    .where('id', '=', at.id)
    .returning('id')
    .executeTakeFirst();
  return gone !== undefined;
}

/** What a replaced API key began belongs to the one that replaces it. */
export async function passOn(
  tx: TenantTx,
  at: { organizationId: string; workspaceId: string; from: string; to: string },
): Promise<void> {
  await on(tx)
    .updateTable('conversations')
    .set({ owner_id: at.to })
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('owner_kind', '=', 'api_key')
    .where('owner_id', '=', at.from)
    .execute();
}
