// A conversation begins: by itself, or with the first question asked under a session that is new.
import { randomInt } from 'node:crypto';
import { agentProblem } from '@insula/contract/agents';
import { conversationProblem } from '@insula/contract/conversations';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import type { AgentDeps } from '../index.ts';
import { findAgent, holdWorkspace } from '../profiles/store.ts';
import { type Conversation, presentConversation } from './present-conversation.ts';
import { type Shelf, shelfOf } from './shelf-of.ts';
import { addConversation, type ConversationRow } from './store.ts';

export type NewConversationInput = {
  workspace_id: string;
  agent_id?: string | undefined;
  session_id?: string | undefined;
  user?: string | undefined;
  title?: string | undefined;
};

/** Numbers are drawn from 2^48 and unique in an organization; clients of other days write them as JSON numbers. */
const NUMBER_MAX = 2 ** 48 - 1;
export const UNTITLED = 'New conversation';

/** Begins a conversation and announces `conversation.created`; throws `conversation_session_taken`, `agent_not_found`. */
export async function createConversation(
  deps: AgentDeps,
  actor: Actor,
  input: NewConversationInput,
): Promise<Conversation> {
  const at = shelfOf(actor, input.workspace_id);
  return deps.db.as(actor, async (tx) => {
    if (!(await holdWorkspace(tx, at))) throw tenancyProblem('workspace_not_found');
    if (input.agent_id && !(await findAgent(tx, { ...at, agentId: input.agent_id })))
      throw agentProblem('agent_not_found');
    const row = await insertConversation(tx, { deps, actor, at, input });
    if (!row) throw conversationProblem('conversation_session_taken');
    return presentConversation(row);
  });
}

/** The insertion itself, for transactions that are already open; undefined when the session is taken. */
export async function insertConversation(
  tx: TenantTx,
  given: { deps: Pick<AgentDeps, 'events' | 'clock'>; actor: Actor; at: Shelf; input: NewConversationInput },
): Promise<ConversationRow | undefined> {
  const { deps, actor, at, input } = given;
  const id = newId(deps.clock.now());
  const row = await addConversation(tx, {
    organization_id: at.organizationId,
    id,
    workspace_id: at.workspaceId,
    agent_id: input.agent_id ?? null,
    owner_kind: at.ownerKind,
    owner_id: at.ownerId,
    end_user: input.user ?? '',
    session_id: input.session_id ?? id,
    number: randomInt(1, NUMBER_MAX),
    title: input.title ?? UNTITLED,
    title_source: input.title ? 'hand' : 'question',
  });
  if (!row) return undefined;
  // What was said, the title too, stays out of the trail, which others may read.
  await deps.events.announce(tx, actor, {
    type: 'conversation.created',
    subject_type: 'conversation',
    subject_id: id,
    workspace_id: at.workspaceId,
    details: { agent_id: row.agent_id },
  });
  return row;
}
