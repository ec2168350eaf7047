// Reading the trail: what the actor may see of it, newest first.
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { GovernanceDeps } from '../index.ts';
import { type Event, presentEvent } from './present-event.ts';
import { type EventFilter, listEvents as readEvents } from './store.ts';

export type EventsInput = EventFilter & { limit: number; cursor?: string | undefined };

/** How far the clock of a server, which is in the ids, may be off the database's, which is in `at`. */
const SKEW_MS = 300_000;

/** A page of events that fit the filter; `from` is inclusive, `to` is not. */
export async function listEvents(
  deps: Pick<GovernanceDeps, 'db'>,
  actor: Pick<Actor, 'organization_id' | 'workspaces'>,
  input: EventsInput,
): Promise<{ data: Event[]; next_cursor: string | null }> {
  const { limit, cursor, ...filter } = input;
  const bounds = {
    before: idOfCursor(cursor),
    from: filter.from === undefined ? undefined : firstIdOf(Date.parse(filter.from) - SKEW_MS),
    to: filter.to === undefined ? undefined : firstIdOf(Date.parse(filter.to) + SKEW_MS),
  };
  return deps.db.as(actor, async (tx) => {
    const rows = await readEvents(tx, actor.organization_id, { limit, bounds, filter });
    return pageOf(rows, limit, presentEvent);
  });
}

/** The smallest UUIDv7 of a moment (milliseconds since the epoch); the index of ids is an index of times. */
function firstIdOf(ms: number): string {
  const time = Math.min(Math.max(0, ms), 0xffff_ffff_ffff).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}
