// The chain: the hash of an event covers all its fields, its place, and the hash before it. The form is documented in
// docs/guides/audit-trail.md, and the verifier of the command line is written from that page alone.
import { createHash } from 'node:crypto';
import { writeCanonical } from './write-canonical.ts';

/** An event as it is hashed and exported; `at` in UTC with six decimals, `details` as JSON reads them. */
export type ChainEvent = {
  organization_id: string;
  id: string;
  workspace_id: string | null;
  at: string;
  type: string;
  actor_kind: string;
  actor_id: string | null;
  actor_name: string | null;
  subject_type: string;
  subject_id: string;
  details: Record<string, unknown>;
  request_id: string | null;
  ip: string | null;
};

/** The hash before the first event: 32 zero bytes. */
export const GENESIS: Buffer = Buffer.alloc(32);

/** Picks the thirteen fields that are hashed, whatever else the row carries. */
export function chainEventOf(row: ChainEvent): ChainEvent {
  const { organization_id, id, workspace_id, at, type, actor_kind, actor_id, actor_name } = row;
  const { subject_type, subject_id, details, request_id, ip } = row;
  return {
    ...{ organization_id, id, workspace_id, at, type, actor_kind, actor_id, actor_name },
    ...{ subject_type, subject_id, details, request_id, ip },
  };
}

/** SHA-256 (32 bytes) over the canonical form of previous hash, place (from 1) and event. */
export function hashEvent(previous: Buffer, seq: number, event: ChainEvent): Buffer {
  const text = writeCanonical({
    v: 'insula event 1',
    previous: previous.toString('hex'),
    seq,
    event: chainEventOf(event),
  });
  return createHash('sha256').update(text, 'utf8').digest();
}
