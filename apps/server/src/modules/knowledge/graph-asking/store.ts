// Queries on the passages of a run under way. A passage goes from pending to asking (its worst case is reserved under the
// cap), answered (written down before the call is settled) and done; each step is its own transaction.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { GraphTables, Reading } from '../graph/tables.ts';
import type { RunPlace } from '../graph-runs/store.ts';

const on = (tx: TenantTx) => tx.$extendTables<GraphTables>() as unknown as Kysely<GraphTables>;

export type AskedPassage = {
  chunk_id: string;
  document_id: string;
  collection_id: string;
  version: number;
  attempts: number;
  call_id: string;
  reserved_micros: number;
  reserved_tokens: number;
};
export type PendingPassage = Pick<
  AskedPassage,
  'chunk_id' | 'document_id' | 'collection_id' | 'version' | 'attempts'
> & {
  text: string;
  heading_path: string[];
  title: string;
};

/** The next passages of a run, held until the transaction ends; those whose version is no longer current are passed over. */
export async function listPending(tx: TenantTx, run: RunPlace, limit: number): Promise<PendingPassage[]> {
  const { rows } = await sql<PendingPassage>`
    select p.chunk_id, p.document_id, p.collection_id, p.version, p.attempts, c.text, c.heading_path, d.title
    from graph_passages p
    join chunks c on c.organization_id = p.organization_id and c.id = p.chunk_id
    join documents d on d.organization_id = p.organization_id and d.id = p.document_id and d.version = p.version
      and d.collection_id = p.collection_id
    where p.organization_id = ${run.organizationId} and p.run_id = ${run.id} and p.status = 'pending'
    order by p.chunk_id limit ${limit} for update of p skip locked`.execute(tx);
  return rows;
}

/** Holds a run while its cap is counted; undefined when it does not run any more. */
export async function holdRun(tx: TenantTx, run: RunPlace) {
  return on(tx)
    .selectFrom('graph_runs')
    .select([
      'cap_micros',
      'cap_tokens',
      'spent_micros',
      'spent_tokens',
      'reserved_micros',
      'reserved_tokens',
    ])
    .where('organization_id', '=', run.organizationId)
    .where('id', '=', run.id)
    .where('status', '=', 'running')
    .forUpdate()
    .executeTakeFirst();
}

/** Notes that passages are being asked about, and reserves their worst cases under the cap. */
export async function markAsking(tx: TenantTx, run: RunPlace, passages: AskedPassage[]): Promise<void> {
  if (passages.length === 0) return;
  await sql`update graph_passages p set status = 'asking', attempts = p.attempts + 1, call_id = r.call_id,
      reserved_micros = r.reserved_micros, reserved_tokens = r.reserved_tokens, updated_at = now()
    from json_to_recordset(${JSON.stringify(passages)}::json)
      as r (chunk_id uuid, call_id uuid, reserved_micros bigint, reserved_tokens bigint)
    where p.organization_id = ${run.organizationId} and p.chunk_id = r.chunk_id`.execute(tx);
  const sum = (read: (passage: AskedPassage) => number) =>
    passages.reduce((total, one) => total + read(one), 0);
  await moveMoney(tx, run, {
    reservedMicros: sum((one) => one.reserved_micros),
    reservedTokens: sum((one) => one.reserved_tokens),
  });
}

/** Keeps an answer before its call is settled. */
export async function keepAnswer(
  tx: TenantTx,
  organizationId: string,
  at: { chunkId: string; callId: string; answer: Reading },
) {
  await on(tx)
    .updateTable('graph_passages')
    .set({ status: 'answered', answer: JSON.stringify(at.answer), updated_at: new Date() })
    .where('organization_id', '=', organizationId)
    .where('chunk_id', '=', at.chunkId)
    .where('call_id', '=', at.callId)
    .execute();
}

/** Answers of a run that are not in the graph yet. `asserted_at` is the date of the document. */
export async function listAnswered(tx: TenantTx, run: RunPlace, limit: number) {
  return on(tx)
    .selectFrom('graph_passages as p')
    .innerJoin('document_versions as v', (join) =>
      join
        .onRef('v.organization_id', '=', 'p.organization_id')
        .onRef('v.document_id', '=', 'p.document_id')
        .onRef('v.version', '=', 'p.version'),
    )
    .innerJoin('chunks as c', (join) =>
      join.onRef('c.organization_id', '=', 'p.organization_id').onRef('c.id', '=', 'p.chunk_id'),
    )
    .select(['p.chunk_id', 'p.document_id', 'p.version', 'p.collection_id', 'p.workspace_id', 'p.answer'])
    .select(['v.properties', 'v.created_at'])
    .where('p.organization_id', '=', run.organizationId)
    .where('p.run_id', '=', run.id)
    .where('p.status', '=', 'answered')
    .orderBy('p.chunk_id')
    .limit(limit)
    .execute();
}

/** Notes that answers are in the graph. */
export async function markDone(
  tx: TenantTx,
  run: RunPlace,
  done: { chunkIds: string[]; facts: number },
): Promise<void> {
  const rows = await on(tx)
    .updateTable('graph_passages')
    .set({ status: 'done', error_code: null, error_detail: null, updated_at: new Date() })
    .where('organization_id', '=', run.organizationId)
    .where('run_id', '=', run.id)
    .where('status', '=', 'answered')
    .where('chunk_id', '=', sql<string>`any(${done.chunkIds}::uuid[])`)
    .returning('chunk_id')
    .execute();
  await sql`update graph_runs set done_count = done_count + ${rows.length}, fact_count = fact_count + ${done.facts}
    where organization_id = ${run.organizationId} and id = ${run.id}`.execute(tx);
}

/** Notes what a call came to: money and tokens, and, where it brought no answer, what becomes of the passage. */
export async function settlePassage(
  tx: TenantTx,
  run: RunPlace,
  end: {
    passage: AskedPassage;
    micros: number;
    tokens: number;
    failure?: { status: 'pending' | 'failed'; code: string; detail: string } | undefined;
  },
): Promise<void> {
  const { passage, failure } = end;
  await sql`update graph_passages set reserved_micros = 0, reserved_tokens = 0, updated_at = now(),
      cost_micros = coalesce(cost_micros, 0) + ${end.micros}, token_count = token_count + ${end.tokens},
      status = coalesce(${failure?.status ?? null}, status), error_code = ${failure?.code ?? null},
      error_detail = ${failure?.detail ?? null}
    where organization_id = ${run.organizationId} and chunk_id = ${passage.chunk_id} and call_id = ${passage.call_id}`.execute(
    tx,
  );
  await moveMoney(tx, run, {
    reservedMicros: -passage.reserved_micros,
    reservedTokens: -passage.reserved_tokens,
    micros: end.micros,
    tokens: end.tokens,
    failed: failure?.status === 'failed' ? 1 : 0,
  });
}

type Move = {
  reservedMicros: number;
  reservedTokens: number;
  micros?: number;
  tokens?: number;
  failed?: number;
};

async function moveMoney(tx: TenantTx, run: RunPlace, move: Move): Promise<void> {
  const { micros = 0, tokens = 0, failed = 0 } = move;
  await sql`update graph_runs set reserved_micros = reserved_micros + ${move.reservedMicros},
      reserved_tokens = reserved_tokens + ${move.reservedTokens}, spent_micros = spent_micros + ${micros},
      spent_tokens = spent_tokens + ${tokens}, failed_count = failed_count + ${failed}
    where organization_id = ${run.organizationId} and id = ${run.id}`.execute(tx);
}

/**
 * Takes back what a killed worker left: passages that were being asked about are asked again, and what their calls may have
 * cost counts as spent, so that the cap holds. Nothing younger than `olderThanMs` is touched.
 */
export async function recoverAsking(tx: TenantTx, run: RunPlace, olderThanMs: number): Promise<void> {
  const { rows } = await sql<{ micros: string; tokens: string }>`
    with left_behind as (
      select chunk_id, reserved_micros, reserved_tokens from graph_passages where organization_id = ${run.organizationId}
        and run_id = ${run.id} and (status = 'asking' or reserved_tokens > 0 or reserved_micros > 0)
        and updated_at < now() - make_interval(secs => ${olderThanMs / 1_000}) for update
    ), freed as (
      update graph_passages p set reserved_micros = 0, reserved_tokens = 0, updated_at = now(),
        status = case when p.status = 'asking' then 'pending' else p.status end
      from left_behind l where p.organization_id = ${run.organizationId} and p.chunk_id = l.chunk_id)
    select coalesce(sum(reserved_micros), 0) as micros, coalesce(sum(reserved_tokens), 0) as tokens from left_behind`.execute(
    tx,
  );
  const [micros, tokens] = [Number(rows[0]!.micros), Number(rows[0]!.tokens)];
  if (micros + tokens > 0)
    await moveMoney(tx, run, { reservedMicros: -micros, reservedTokens: -tokens, micros, tokens });
}

/** How many passages of a run are in each state; those of versions that are no longer current are none. */
export async function countStates(tx: TenantTx, run: RunPlace): Promise<Record<string, number>> {
  const { rows } = await sql<{ status: string; n: number }>`
    select p.status, count(*)::int as n from graph_passages p
    join documents d on d.organization_id = p.organization_id and d.id = p.document_id and d.version = p.version
      and d.collection_id = p.collection_id
    where p.organization_id = ${run.organizationId} and p.run_id = ${run.id} group by 1`.execute(tx);
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
}
