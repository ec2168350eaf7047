// A turn begins: in one transaction the conversation is found or begun, the question and the empty answer are written down,
// and what the model needs of earlier messages is read.
import { agentProblem } from '@insula/contract/agents';
import { chatProblem } from '@insula/contract/chat';
import { conversationProblem } from '@insula/contract/conversations';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { readAttachments } from '../attachments/store.ts';
import { insertConversation } from '../conversations/create-conversation.ts';
import { type Shelf, shelfOf } from '../conversations/shelf-of.ts';
import {
  type ConversationRow,
  findConversationBy,
  holdConversation,
  updateConversation,
} from '../conversations/store.ts';
import type { AgentDeps } from '../index.ts';
import { addMessages, findMessage, listBranch, type MessageRow } from '../messages/store.ts';
import { type AgentRow, findAgent, findFirstAgent, holdWorkspace } from '../profiles/store.ts';
import { type Files, filesOf } from '../prompting/system-message.ts';

export type Question = {
  workspace_id: string;
  agent_id?: string | undefined;
  query: string;
  session_id?: string | undefined;
  conversation_id?: string | undefined;
  number?: number | undefined;
  parent_id?: string | undefined;
  user?: string | undefined;
  attachment_ids?: string[] | undefined;
  model?: string | undefined;
};
/** A turn that is written down and can be answered. */
export type Turn = {
  conversation: ConversationRow;
  agent: AgentRow;
  question: MessageRow;
  /** Messages before the question, oldest first. */
  history: MessageRow[];
  files: Files;
  answerId: string;
  /** The answer as it was, when it goes on. */
  earlier?: MessageRow;
};

const MESSAGES_MAX = 10_000;
const HISTORY_ROWS = 60;
const TITLE_MAX = 80;

/** Opens a turn for a question; throws what is wrong with its agent, conversation, parent or attachments. */
export async function openTurn(deps: AgentDeps, actor: Actor, input: Question): Promise<Turn> {
  const at = shelfOf(actor, input.workspace_id);
  return deps.db.as(actor, async (tx) => {
    const conversation = await findOrBegin(tx, { deps, actor, at, input });
    if (conversation.message_count > MESSAGES_MAX - 2)
      throw conversationProblem('conversation_full', { limit: MESSAGES_MAX });
    const agent = await chooseAgent(tx, at, input.agent_id ?? conversation.agent_id);
    const parentId = await findParent(tx, conversation, input.parent_id);
    const parts = [...(await attachedParts(tx, conversation, input.attachment_ids ?? []))];
    const nowMs = deps.clock.now();
    const ids = [newId(nowMs), newId(nowMs + 1)] as const;
    const plain = { agent_id: null, agent_version: null, model: null };
    const text = { type: 'text', text: input.query };
    await addMessages(tx, conversation, [
      {
        ...{ ...plain, id: ids[0], parent_id: parentId, role: 'user', text: input.query },
        ...{ status: 'done', parts: [...parts, text] },
      },
      emptyAnswer({ id: ids[1], parentId: ids[0], agent, model: input.model }),
    ]);
    const row = await updateConversation(
      tx,
      { ...at, id: conversation.id },
      {
        ...{ active_message_id: ids[1], activity_id: ids[1], agent_id: agent.id, added: 2 },
        ...(conversation.message_count === 0 && conversation.title_source === 'question'
          ? { title: titleOf(input.query) }
          : {}),
        updated_at: new Date(nowMs),
      },
    );
    return readTurn(tx, { conversation: row!, agent, questionId: ids[0], answerId: ids[1] });
  });
}

/** Opens a turn that answers a question again, beside the answer there is. */
export async function reopenTurn(
  deps: AgentDeps,
  actor: Actor,
  input: { workspace_id: string; conversation_id: string; message_id: string; model?: string | undefined },
): Promise<Turn> {
  const at = shelfOf(actor, input.workspace_id);
  return deps.db.as(actor, async (tx) => {
    const conversation = await holdConversation(tx, at, input.conversation_id);
    if (!conversation) throw conversationProblem('conversation_not_found');
    if (conversation.message_count > MESSAGES_MAX - 1)
      throw conversationProblem('conversation_full', { limit: MESSAGES_MAX });
    const old = await findMessage(tx, conversation, input.message_id);
    if (!old) throw conversationProblem('message_not_found');
    const questionId = old.role === 'user' ? old.id : old.parent_id;
    const agent = await chooseAgent(tx, at, conversation.agent_id ?? old.agent_id);
    const nowMs = deps.clock.now();
    const answerId = newId(nowMs);
    await addMessages(tx, conversation, [
      emptyAnswer({ id: answerId, parentId: questionId, agent, model: input.model }),
    ]);
    const row = await updateConversation(
      tx,
      { ...at, id: conversation.id },
      { active_message_id: answerId, activity_id: answerId, added: 1, updated_at: new Date(nowMs) },
    );
    return readTurn(tx, { conversation: row!, agent, questionId, answerId });
  });
}

type Beginning = { deps: AgentDeps; actor: Actor; at: Shelf; input: Question };

async function findOrBegin(tx: TenantTx, { deps, actor, at, input }: Beginning): Promise<ConversationRow> {
  const held = async (id: string) => {
    const row = await holdConversation(tx, at, id);
    if (!row) throw conversationProblem('conversation_not_found');
    return row;
  };
  if (input.conversation_id) return held(input.conversation_id);
  const by =
    input.number !== undefined
      ? { number: input.number }
      : input.session_id !== undefined && { session_id: input.session_id, end_user: input.user ?? '' };
  const known = by ? await findConversationBy(tx, at, by) : undefined;
  if (known) return held(known.id);
  if (input.number !== undefined) throw conversationProblem('conversation_not_found');
  if (!(await holdWorkspace(tx, at))) throw tenancyProblem('workspace_not_found');
  const agent = await chooseAgent(tx, at, input.agent_id ?? null);
  const made = await insertConversation(tx, { deps, actor, at, input: { ...input, agent_id: agent.id } });
  // Somebody else began the same session at this moment: it is read committed, and there now.
  if (!made) return held((await findConversationBy(tx, at, by as { number: number }))!.id);
  return made;
}

async function chooseAgent(tx: TenantTx, at: Shelf, agentId: string | null): Promise<AgentRow> {
  const agent = agentId === null ? await findFirstAgent(tx, at) : await findAgent(tx, { ...at, agentId });
  if (!agent) throw agentId === null ? chatProblem('no_agent') : agentProblem('agent_not_found');
  if (!agent.is_active) throw chatProblem('agent_inactive', { name: agent.name });
  return agent;
}

async function findParent(tx: TenantTx, of: ConversationRow, parentId: string | undefined): Promise<string> {
  if (parentId === undefined) return of.active_message_id ?? of.id;
  if (!(await findMessage(tx, of, parentId))) throw conversationProblem('message_not_found');
  return parentId;
}

async function attachedParts(tx: TenantTx, of: ConversationRow, ids: string[]) {
  const rows = await readAttachments(tx, of, [...new Set(ids)]);
  if (rows.length < new Set(ids).size) throw conversationProblem('attachment_not_found');
  return rows.map(({ id, name, media_type, bytes }) => ({
    type: 'data-attachment',
    data: { id, name, media_type, bytes },
  }));
}

type Empty = { id: string; parentId: string; agent: AgentRow; model: string | undefined };
const emptyAnswer = ({ id, parentId, agent, model }: Empty) => ({
  ...{ id, parent_id: parentId, role: 'assistant' as const, text: '', parts: [] },
  ...{ status: 'streaming' as const, agent_id: agent.id, agent_version: agent.version },
  model: model ?? agent.model_name,
});

/** Reads what answering needs: the question with its files, and what was said before it. */
export async function readTurn(
  tx: TenantTx,
  at: { conversation: ConversationRow; agent: AgentRow; questionId: string; answerId: string },
): Promise<Turn> {
  const { conversation, agent, questionId, answerId } = at;
  const branch = await listBranch(tx, conversation, { leaf: questionId, limit: HISTORY_ROWS + 1 });
  const [question, ...earlier] = branch;
  if (!question) throw conversationProblem('message_not_found');
  const named = branch.flatMap(filesOf).slice(0, 10);
  const files = await readAttachments(tx, conversation, named);
  return {
    ...{ conversation, agent, question, answerId, history: earlier.toReversed() },
    files: new Map(files.map((file) => [file.id, file])),
  };
}

function titleOf(query: string): string {
  const line = query
    .split('\n')
    .find((one) => one.trim() !== '')!
    .trim();
  return line.length <= TITLE_MAX ? line : `${line.slice(0, TITLE_MAX - 1).trimEnd()}…`;
}
