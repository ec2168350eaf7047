// A whole answer as the contract shows it.
import type { chatAnswer, citation } from '@insula/contract/chat';
import type { z } from 'zod';
import { systemActor } from '../../../platform/actor.ts';
import type { MessagePart } from '../conversations/conversation-tables.ts';
import { presentMessage } from '../messages/present-message.ts';
import { findMessage, listSiblings } from '../messages/store.ts';
import type { Run } from '../runs/create-runs.ts';
import type { Answered } from './ask-agent.ts';
import type { ChatDeps } from './chat-deps.ts';

export type ChatAnswer = z.infer<typeof chatAnswer>;
export type Citation = z.infer<typeof citation>;

/** Waits for the end of the run and reads the answer as it was written down. */
export async function presentAnswer(deps: ChatDeps, { turn, run }: Answered): Promise<ChatAnswer> {
  await ended(run);
  const { conversation, agent, answerId } = turn;
  const { row, siblings } = await deps.db.as(systemActor(run.organizationId), async (tx) => ({
    row: (await findMessage(tx, conversation, answerId))!,
    siblings: await listSiblings(tx, conversation, [turn.question.id]),
  }));
  const ids = siblings.map(({ id }) => id);
  return {
    answer: row.text,
    message: presentMessage(row, { siblings: ids, nowMs: deps.clock.now() }),
    citations: citationsOf(row.parts),
    conversation_id: conversation.id,
    session_id: conversation.session_id,
    agent_id: agent.id,
  };
}

async function ended(run: Run): Promise<void> {
  while (!run.ended) await run.more(run.events.length);
}

/** The sources among the parts of a message. */
export function citationsOf(parts: MessagePart[]): Citation[] {
  return parts
    .filter(({ type }) => type === 'source-document')
    .map((part) => {
      const { insula } = part.providerMetadata as { insula: Omit<Citation, 'title' | 'source'> };
      return { ...insula, title: String(part.title), source: (part.filename as string | undefined) ?? null };
    });
}
