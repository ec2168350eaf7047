// Idempotency-Key: the row is written in the transaction of the effect (see events), the answer is kept after it, sealed.
// A repeated request gets the kept answer; one whose answer was lost is told so instead of being done twice.
import { createHash, randomUUID } from 'node:crypto';
import { problem } from '@insula/contract';
import { type Kysely, sql } from 'kysely';
import { type Actor, PLATFORM_ORGANIZATION } from '../actor.ts';
import type { Database } from '../db/create-database.ts';

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

type Row = { digest: Buffer; status: number | null; answer: Buffer | null; age_ms: number };

const IN_PROGRESS_MS = 60_000;

/** Keeps answers in the organization's own tables. */
export function createIdempotency(deps: { db: Database; answers: AnswerSeal }): Idempotency {
  const at = <T>(place: string, work: (tx: Kysely<unknown>) => Promise<T>): Promise<T> =>
    place === PLATFORM_ORGANIZATION
      ? deps.db.asPlatform(null, (tx) => work(tx as unknown as Kysely<unknown>))
      : deps.db.as({ organization_id: place, workspaces: '*' }, (tx) =>
          work(tx as unknown as Kysely<unknown>),
        );

  async function find(once: Once): Promise<Row | undefined> {
    const found = await at(once.place, (tx) =>
      sql<Row>`select digest, status, answer, (extract(epoch from now() - created_at) * 1000)::float8 as age_ms from idempotency
        where organization_id = ${once.place} and actor_id = ${once.actor.id} and key = ${once.key}`.execute(
        tx,
      ),
    );
    return found.rows[0];
  }

  async function replay(once: Once, row: Row, digest: Buffer): Promise<Kept> {
    if (!row.digest.equals(digest)) throw problem('idempotency_key_reused');
    if (row.answer === null || row.status === null) {
      throw problem(row.age_ms < IN_PROGRESS_MS ? 'idempotency_in_progress' : 'idempotency_answer_lost');
    }
    const plaintext = await deps.answers.open(once.place, rowIdOf(once), row.answer);
    return { status: row.status, body: JSON.parse(plaintext.toString('utf8')), replayed: true };
  }

  async function keep(once: Once, body: unknown): Promise<void> {
    const sealed = await deps.answers.seal(once.place, rowIdOf(once), Buffer.from(JSON.stringify(body)));
    await at(once.place, (tx) =>
      sql`update idempotency set status = ${once.status}, answer = ${sealed}
        where organization_id = ${once.place} and actor_id = ${once.actor.id} and key = ${once.key}`.execute(
        tx,
      ),
    );
  }

  async function once(request: Once, work: () => Promise<unknown>): Promise<Kept> {
    if (!/^[\x21-\x7e]{1,255}$/.test(request.key))
      throw problem('invalid_request', { detail: 'Idempotency-Key: 1 to 255 visible characters.' });
    const digest = createHash('sha256').update(JSON.stringify(request.request)).digest();
    const before = await find(request);
    if (before) return replay(request, before, digest);
    request.actor.idempotency = { key: request.key, digest, recorded: false, place: request.place };
    try {
      const body = await work();
      if (request.actor.idempotency.recorded) await keep(request, body);
      return { status: request.status, body, replayed: false };
    } catch (error) {
      if ((error as { constraint?: string }).constraint !== 'idempotency_pkey') throw error;
      const raced = await find(request);
      if (!raced) throw error;
      return replay(request, raced, digest);
    }
  }

  return { once };
}

const rowIdOf = (once: Once) => `${once.actor.id ?? randomUUID()}/${once.key}`;
