// A branch read from its end: as many messages as a page holds, however long the conversation is.
import type { TenantTx } from '../../../platform/db/door.ts';
import { cursorOf } from '../../../platform/lists.ts';
import { type Message, presentMessage } from './present-message.ts';
import { listBranch, listSiblings, type Of } from './store.ts';

export type MessagePage = { data: Message[]; next_cursor: string | null };

/** A page of the branch that ends at `leaf`, newest first; empty without one. */
export async function readBranch(
  tx: TenantTx,
  of: Of,
  page: { leaf: string | null; limit: number; nowMs: number },
): Promise<MessagePage> {
  if (page.leaf === null) return { data: [], next_cursor: null };
  const rows = await listBranch(tx, of, { leaf: page.leaf, limit: page.limit + 1 });
  const shown = rows.slice(0, page.limit);
  const pairs = await listSiblings(tx, of, [...new Set(shown.map((row) => row.parent_id))]);
  const byParent = Map.groupBy(pairs, ({ parent_id }) => parent_id);
  const data = shown.map((row) =>
    presentMessage(row, {
      siblings: (byParent.get(row.parent_id) ?? []).map(({ id }) => id),
      nowMs: page.nowMs,
    }),
  );
  const next = rows[page.limit];
  return { data, next_cursor: next ? cursorOf(next.id) : null };
}
