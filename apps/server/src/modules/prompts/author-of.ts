// Who made a thing, as it stands in rows and on the wire. The name is kept beside the id: people leave, what they wrote stays.
import type { Actor } from '../../platform/actor.ts';

export type AuthorColumns = { author_kind: string; author_id: string | null; author_name: string };

/** The columns that say who made a row. */
export function authorOf(actor: Pick<Actor, 'kind' | 'id' | 'name'>): AuthorColumns {
  return { author_kind: actor.kind, author_id: actor.id, author_name: actor.name.slice(0, 300) };
}

/** The columns as the contract shows them. */
export function presentAuthor(row: AuthorColumns) {
  return { kind: row.author_kind, id: row.author_id, name: row.author_name };
}
