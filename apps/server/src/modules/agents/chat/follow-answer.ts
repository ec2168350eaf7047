// Coming back to an answer that is being written, and stopping it: wherever it is written.
import { conversationProblem } from '@insula/contract/conversations';
import type { Actor } from '../../../platform/actor.ts';
import { type Shelf, shelfOf } from '../conversations/shelf-of.ts';
import { findConversation, findConversationBy } from '../conversations/store.ts';
import { statusOf } from '../messages/present-message.ts';
import { findMessage, type MessageRow, type Of, updateMessage } from '../messages/store.ts';
import { followRow } from '../runs/follow-row.ts';
import { type StreamFormat, writeStream } from '../runs/write-stream.ts';
import type { ChatDeps } from './chat-deps.ts';

type MessageAt = { workspace_id: string; conversation_id: string; message_id: string };

/** The stream of an answer, from its beginning or after `Last-Event-ID`; one that has ended is told whole. */
export async function followAnswer(
  deps: ChatDeps,
  actor: Actor,
  input: MessageAt & { format: StreamFormat },
): Promise<never> {
  const at = shelfOf(actor, input.workspace_id);
  const { of } = await readAnswer(deps, actor, { at, input });
  return openStream(deps, actor, { of, messageId: input.message_id, format: input.format });
}

/** The stream of the answer that is being written in a session; undefined when none is. */
export async function resumeSession(
  deps: ChatDeps,
  actor: Actor,
  input: { workspace_id: string; session_id: string },
): Promise<never | undefined> {
  const at = shelfOf(actor, input.workspace_id);
  const found = await deps.db.as(actor, async (tx) => {
    const of = await findConversationBy(tx, at, { session_id: input.session_id, end_user: '' });
    const row = of?.active_message_id ? await findMessage(tx, of, of.active_message_id) : undefined;
    return of && row && statusOf(row, deps.clock.now()) === 'streaming'
      ? { of, messageId: row.id }
      : undefined;
  });
  return found && openStream(deps, actor, { ...found, format: 'ui' });
}

function openStream(
  deps: ChatDeps,
  actor: Actor,
  { of, messageId, format }: { of: Of; messageId: string; format: StreamFormat },
): never {
  const run = deps.runs.find(messageId);
  if (run) return writeStream(run, format);
  const read = () => deps.db.as(actor, (tx) => findMessage(tx, of, messageId));
  return writeStream(
    followRow(messageId, read, () => deps.clock.now()),
    format,
  );
}

/** Stops an answer; one that another server writes ends within half a second. */
export async function stopAnswer(
  deps: ChatDeps,
  actor: Actor,
  input: MessageAt,
): Promise<{ id: string; stopping: boolean }> {
  const at = shelfOf(actor, input.workspace_id);
  const { of, row } = await readAnswer(deps, actor, { at, input });
  if (row.status !== 'streaming') return { id: row.id, stopping: false };
  const run = deps.runs.find(row.id);
  if (run && !run.ended) run.stop('stopped');
  else
    await deps.db.as(actor, (tx) =>
      updateMessage(tx, { of, id: row.id, from: ['streaming'] }, { stop_requested: true }),
    );
  return { id: row.id, stopping: true };
}

async function readAnswer(
  deps: ChatDeps,
  actor: Actor,
  { at, input }: { at: Shelf; input: MessageAt },
): Promise<{ of: Of; row: MessageRow }> {
  return deps.db.as(actor, async (tx) => {
    const of = await findConversation(tx, at, input.conversation_id);
    if (!of) throw conversationProblem('conversation_not_found');
    const row = await findMessage(tx, of, input.message_id);
    if (row?.role !== 'assistant') throw conversationProblem('message_not_found');
    return { of, row };
  });
}
