// Queries on kept answers, in the tables of the organization (or of the platform) that the request was about.
import { type Kysely, sql } from 'kysely';
import { PLATFORM_ORGANIZATION } from '../actor.ts';
import type { Database } from '../db/create-database.ts';

export type KeptRow = { digest: Buffer; status: number | null; answer: Buffer | null; age_ms: number };
export type KeptAt = { place: string; actorId: string; key: string };

async function at<T>(db: Database, place: string, work: (tx: Kysely<unknown>) => Promise<T>): Promise<T> {
  if (place === PLATFORM_ORGANIZATION) return db.asPlatform(null, (tx) => work(tx as Kysely<unknown>));
  return db.as({ organization_id: place, workspaces: '*' }, (tx) => work(tx as Kysely<unknown>));
}

/** What is known of a request with this key. */
export async function findKept(db: Database, { place, actorId, key }: KeptAt): Promise<KeptRow | undefined> {
  const { rows } = await at(db, place, (tx) =>
    sql<KeptRow>`select digest, status, answer, (extract(epoch from now() - created_at) * 1000)::float8 as age_ms from idempotency
      where organization_id = ${place} and actor_id = ${actorId} and key = ${key}`.execute(tx),
  );
  return rows[0];
}

/** Keeps the sealed answer of a request that took effect. */
export async function keepAnswer(
  db: Database,
  { place, actorId, key }: KeptAt,
  kept: { status: number; answer: Buffer },
): Promise<void> {
  await at(db, place, (tx) =>
    sql`update idempotency set status = ${kept.status}, answer = ${kept.answer}
      where organization_id = ${place} and actor_id = ${actorId} and key = ${key}`.execute(tx),
  );
}
