// Queries on messages: a tree under a conversation whose owner was checked by whoever asks.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { ConversationTables, MessagePart } from '../conversations/conversation-tables.ts';

export type MessageRow = Selectable<ConversationTables['messages']>;
/** The conversation whose messages are meant, from a row that was found under its owner. */
export type Of = { organization_id: string; workspace_id: string; id: string };
export type NewMessage = Pick<
  MessageRow,
  'id' | 'parent_id' | 'role' | 'text' | 'status' | 'agent_id' | 'agent_version' | 'model'
> & { parts: MessagePart[] };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'conversation_id',
  'parent_id',
  'role',
  'parts',
  'text',
  'status',
  'agent_id',
  'agent_version',
  'model',
  'provider',
  'input_tokens',
  'output_tokens',
  'cost_micros',
  'currency',
  'calls',
  'latency_ms',
  'first_token_ms',
  'error_code',
  'error_detail',
  'written_at',
  'stop_requested',
  'rating',
  'feedback_reason',
  'satisfaction',
  'rated_at',
  'created_at',
  'ended_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<ConversationTables>() as unknown as Kysely<ConversationTables>;

const within = (tx: TenantTx, of: Of) =>
  on(tx)
    .selectFrom('messages')
    .select(columns)
    .where('organization_id', '=', of.organization_id)
    .where('workspace_id', '=', of.workspace_id)
    .where('conversation_id', '=', of.id);

/** One message of the conversation. */
export async function findMessage(tx: TenantTx, of: Of, id: string): Promise<MessageRow | undefined> {
  return within(tx, of).where('id', '=', id).executeTakeFirst();
}

/** The branch that ends at `leaf`, from there upwards; at most `limit` messages. */
export async function listBranch(
  tx: TenantTx,
  of: Of,
  page: { leaf: string; limit: number },
): Promise<MessageRow[]> {
  // Parents are looked up by their key alone: with the conversation beside it the planner would read all of it each time.
  const { rows } = await sql<MessageRow>`
    with recursive branch as (
      select m.id, m.parent_id, 1 as depth from messages m
      where m.organization_id = ${of.organization_id} and m.conversation_id = ${of.id} and m.id = ${page.leaf}
      union all
      select p.id, p.parent_id, b.depth + 1 from branch b cross join lateral (
        select m.id, m.parent_id from messages m
        where m.organization_id = ${of.organization_id} and m.id = b.parent_id) p
      where b.depth < ${page.limit}
    )
    select ${sql.join(columns.map((column) => sql.ref(`m.${column}`)))} from branch b cross join lateral (
      select * from messages m where m.organization_id = ${of.organization_id} and m.id = b.id) m
    where m.conversation_id = ${of.id} order by b.depth`.execute(tx as unknown as Kysely<ConversationTables>);
  return rows;
}

/** Children of the parents given, as pairs in the order they were made; at most 1,000. */
export async function listSiblings(
  tx: TenantTx,
  of: Of,
  parents: string[],
): Promise<{ id: string; parent_id: string }[]> {
  if (parents.length === 0) return [];
  return within(tx, of)
    .clearSelect()
    .select(['id', 'parent_id'])
    .where('parent_id', 'in', parents)
    .orderBy('id')
    .limit(1_000)
    .execute();
}

/** The newest messages of all branches, newest first. */
export async function listAllMessages(
  tx: TenantTx,
  of: Of,
  page: { before: string | undefined; limit: number },
): Promise<MessageRow[]> {
  let query = within(tx, of);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query.orderBy('id', 'desc').limit(page.limit).execute();
}

/** Adds messages, in the order given. */
export async function addMessages(tx: TenantTx, of: Of, rows: NewMessage[]): Promise<void> {
  const place = {
    organization_id: of.organization_id,
    workspace_id: of.workspace_id,
    conversation_id: of.id,
  };
  const written_at = new Date();
  await on(tx)
    .insertInto('messages')
    .values(rows.map((row) => ({ ...place, ...row, parts: JSON.stringify(row.parts), written_at })))
    .execute();
}

export type MessageChange = Partial<
  Pick<
    MessageRow,
    | 'text'
    | 'status'
    | 'model'
    | 'provider'
    | 'currency'
    | 'calls'
    | 'latency_ms'
    | 'first_token_ms'
    | 'error_code'
    | 'error_detail'
    | 'written_at'
    | 'stop_requested'
    | 'rating'
    | 'feedback_reason'
    | 'satisfaction'
    | 'rated_at'
    | 'ended_at'
  >
> & { parts?: MessagePart[]; input_tokens?: number; output_tokens?: number; cost_micros?: number };

/** Changes what is given of one message; undefined when it is not there, or not in one of the states `from`. */
export async function updateMessage(
  tx: TenantTx,
  at: { of: Of; id: string; from?: MessageRow['status'][] },
  { parts, ...change }: MessageChange,
): Promise<MessageRow | undefined> {
  let query = on(tx)
    .updateTable('messages')
    .set({ ...change, ...(parts ? { parts: JSON.stringify(parts) } : {}) })
    .where('organization_id', '=', at.of.organization_id)
    .where('workspace_id', '=', at.of.workspace_id)
    .where('conversation_id', '=', at.of.id)
    .where('id', '=', at.id);
  if (at.from) query = query.where('status', 'in', at.from);
  return query.returning(columns).executeTakeFirst();
}

/** Writes drafts of answers down that are still being written; answers those that nobody asked to stop. */
export async function writeDrafts(
  tx: TenantTx,
  organizationId: string,
  drafts: { id: string; parts: MessagePart[]; text: string }[],
): Promise<{ id: string }[]> {
  const { rows } = await sql<{ id: string; stop_requested: boolean }>`
    update messages m set parts = r.parts, text = r.text, written_at = now()
    from json_to_recordset(${JSON.stringify(drafts)}::json) as r(id uuid, parts jsonb, text text)
    where m.organization_id = ${organizationId} and m.id = r.id and m.status = 'streaming'
    returning m.id, m.stop_requested`.execute(tx as unknown as Kysely<ConversationTables>);
  return rows.filter((row) => !row.stop_requested);
}
