// An event as the contract shows it.
import type { event } from '@insula/contract/governance';
import type { z } from 'zod';
import type { EventRow } from './store.ts';

export type Event = z.infer<typeof event>;

/** Presents a row of the trail as the contract has it. */
export function presentEvent(row: EventRow): Event {
  return {
    id: row.id,
    at: row.at,
    type: row.type,
    actor: { kind: row.actor_kind as Event['actor']['kind'], id: row.actor_id, name: row.actor_name },
    subject: { type: row.subject_type, id: row.subject_id },
    workspace_id: row.workspace_id,
    details: row.details,
    request_id: row.request_id,
    ip: row.ip,
    seq: row.seq,
  };
}
