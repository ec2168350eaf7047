// The whole conversation as one text: for people as Markdown, for programs as JSON with every branch.
import { conversationProblem } from '@insula/contract/conversations';
import type { Actor } from '../../../platform/actor.ts';
import { toSlug } from '../../../platform/to-slug.ts';
import { presentConversation } from '../conversations/present-conversation.ts';
import { shelfOf } from '../conversations/shelf-of.ts';
import type { ConversationRow } from '../conversations/store.ts';
import { findConversation } from '../conversations/store.ts';
import type { AgentDeps } from '../index.ts';
import { presentMessage } from './present-message.ts';
import { listAllMessages, listBranch, type MessageRow } from './store.ts';

export type Exported = { file_name: string; media_type: string; content: string; is_cut: boolean };
type Taken = { rows: MessageRow[]; isCut: boolean };

const CONTENT_MAX = 10_000_000;
const PAGE = 200;

/** Writes the conversation out, the newest 10 million characters of it at most; throws `conversation_not_found`. */
export async function exportConversation(
  deps: AgentDeps,
  actor: Actor,
  input: { workspace_id: string; conversation_id: string; format: 'markdown' | 'json' },
): Promise<Exported> {
  const at = shelfOf(actor, input.workspace_id);
  const isJson = input.format === 'json';
  const { row, taken } = await deps.db.as(actor, async (tx) => {
    const found = await findConversation(tx, at, input.conversation_id);
    if (!found) throw conversationProblem('conversation_not_found');
    const { active_message_id: leaf } = found;
    const read = isJson
      ? (last: MessageRow | undefined) => listAllMessages(tx, found, { before: last?.id, limit: PAGE })
      : async (last: MessageRow | undefined) => {
          const from = last ? last.parent_id : leaf;
          return from === null ? [] : listBranch(tx, found, { leaf: from, limit: PAGE });
        };
    return { row: found, taken: await takePages(read) };
  });
  const name = toSlug(row.title, 'conversation');
  const content = isJson ? toJson(row, taken, deps.clock.now()) : toMarkdown(row, taken);
  return {
    file_name: `${name}.${isJson ? 'json' : 'md'}`,
    media_type: isJson ? 'application/json' : 'text/markdown',
    content,
    is_cut: taken.isCut,
  };
}

/** Reads page after page, newest first, as long as there is room. */
async function takePages(read: (last: MessageRow | undefined) => Promise<MessageRow[]>): Promise<Taken> {
  const rows: MessageRow[] = [];
  let room = CONTENT_MAX;
  for (;;) {
    const page = await read(rows.at(-1));
    for (const row of page) {
      room -= JSON.stringify(row.parts).length + 1_000;
      if (room < 0) return { rows, isCut: true };
      rows.push(row);
    }
    if (page.length < PAGE) return { rows, isCut: false };
  }
}

function toMarkdown(row: ConversationRow, { rows }: Taken): string {
  const said = rows
    .toReversed()
    .map(
      (one) =>
        `## ${one.role === 'user' ? 'Question' : 'Answer'} (${one.created_at.toISOString()})\n\n${one.text}\n`,
    );
  return `# ${row.title.replaceAll('\n', ' ')}\n\n${said.join('\n')}`;
}

function toJson(row: ConversationRow, { rows }: Taken, nowMs: number): string {
  const siblings = Map.groupBy(rows.toReversed(), (one) => one.parent_id);
  const messages = rows
    .toReversed()
    .map((one) => presentMessage(one, { siblings: siblings.get(one.parent_id)!.map(({ id }) => id), nowMs }));
  return JSON.stringify({ conversation: presentConversation(row), messages }, null, 1);
}
