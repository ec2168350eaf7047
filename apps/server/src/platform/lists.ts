// Lists answer pages: at most `limit` rows after a cursor, newest first, by the id's order; a cursor is bounded and opaque.
import { problem } from '@insula/contract';

/** The cursor of the row after which the next page begins. */
export function cursorOf(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/** The id inside a cursor; throws `invalid_request` when it is none of ours. */
export function idOfCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const h = /^[A-Za-z0-9_-]{22}$/.test(cursor) ? Buffer.from(cursor, 'base64url').toString('hex') : '';
  if (h.length !== 32)
    throw problem('invalid_request', { detail: 'cursor: send the next_cursor of an earlier answer.' });
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

/** Makes a page of `rows`, which were read with one more than `limit` to see whether there is a next one. */
export function pageOf<R, T>(
  rows: (R & { id: string })[],
  limit: number,
  present: (row: R & { id: string }) => T,
): { data: T[]; next_cursor: string | null } {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data: data.map(present), next_cursor: rows.length > limit && last ? cursorOf(last.id) : null };
}
