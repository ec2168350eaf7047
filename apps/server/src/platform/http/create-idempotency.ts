// Idempotency-Key: the row is written in the transaction of the effect (see events), the answer is kept after it, sealed.
// A repeated request gets the kept answer; one whose answer was lost is told so instead of being done twice.
import { createHash } from 'node:crypto';
import { problem } from '@insula/contract';
import type { Actor } from '../actor.ts';
import type { Database } from '../db/create-database.ts';
import { findKept, type KeptAt, type KeptRow, keepAnswer } from './store.ts';

export type Once = {
  actor: Actor;
  key: string;
  place: string;
  request: { endpoint: string; input: unknown };
  status: number;
};
export type Kept = { status: number; body: unknown; replayed: boolean };
export type Idempotency = { once(request: Once, work: () => Promise<unknown>): Promise<Kept> };

/** Seals and opens the kept answers, which can hold a secret that was shown once. */
export type AnswerSeal = {
  seal(organizationId: string, rowId: string, plaintext: Buffer): Promise<Buffer>;
  open(organizationId: string, rowId: string, sealed: Buffer): Promise<Buffer>;
};

type Deps = { db: Database; answers: AnswerSeal };

const IN_PROGRESS_MS = 60_000;

/** Keeps answers in the organization's own tables. */
export function createIdempotency(deps: Deps): Idempotency {
  async function once(request: Once, work: () => Promise<unknown>): Promise<Kept> {
    const { actor, key, place, status } = request;
    if (!/^[\x21-\x7e]{1,255}$/.test(key))
      throw problem('invalid_request', { detail: 'Idempotency-Key: 1 to 255 visible characters.' });
    const at: KeptAt = { place, key, actorId: actor.id! };
    const digest = createHash('sha256').update(JSON.stringify(request.request)).digest();
    const before = await findKept(deps.db, at);
    if (before) return replay(deps, at, { row: before, digest });
    actor.idempotency = { key, digest, recorded: false, place, actorId: at.actorId };
    try {
      const body = await work();
      if (actor.idempotency.recorded) {
        const answer = await deps.answers.seal(place, rowIdOf(at), Buffer.from(JSON.stringify(body)));
        await keepAnswer(deps.db, at, { status, answer });
      }
      return { status, body, replayed: false };
    } catch (error) {
      const raced = isDuplicate(error) ? await findKept(deps.db, at) : undefined;
      if (!raced) throw error;
      return replay(deps, at, { row: raced, digest });
    }
  }
  return { once };
}

const isDuplicate = (error: unknown) => (error as { constraint?: string }).constraint === 'idempotency_pkey';
const rowIdOf = (at: KeptAt) => `${at.actorId}/${at.key}`;

async function replay(
  deps: Deps,
  at: KeptAt,
  { row, digest }: { row: KeptRow; digest: Buffer },
): Promise<Kept> {
  if (!row.digest.equals(digest)) throw problem('idempotency_key_reused');
  if (row.answer === null || row.status === null) {
    throw problem(row.age_ms < IN_PROGRESS_MS ? 'idempotency_in_progress' : 'idempotency_answer_lost');
  }
  const plaintext = await deps.answers.open(at.place, rowIdOf(at), row.answer);
  return { status: row.status, body: JSON.parse(plaintext.toString('utf8')), replayed: true };
}
