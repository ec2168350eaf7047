// Queries of the queue. A tenant's transaction may tell; claims are made through the functions that the server's own login
// may call before any door is open.
import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { beforeCommit, noteChange, type TenantTx } from '../db/door.ts';

/** What is told on the channel of changes when there is new work; no organization has this id. */
export const NEW_WORK = 'work';

export type Claim = { id: string; organizationId: string; kind: string; told: number; failures: number };

/** Says at the end of the tenant's transaction that there is work of that kind, due now or at `at`. */
export function tellWork(
  tx: TenantTx,
  organizationId: string,
  { kind, at }: { kind: string; at: Date | undefined },
): void {
  noteChange(NEW_WORK);
  // It locks the row of the organization and kind until the commit: last of all, and in one order.
  beforeCommit(`work ${organizationId} ${kind} ${at?.toISOString() ?? ''}`, async () => {
    await sql`select platform.tell_work(${organizationId}, ${kind}, ${at ?? null})`.execute(
      tx as unknown as Kysely<unknown>,
    );
  });
}

type Row = { organization_id: string; kind: string; told: number; failures: number };

/** Claims the work of a cluster that has been due for longest; undefined when none is due. */
export async function claimWork(
  pool: pg.Pool,
  ask: { id: string; kinds: string[]; leaseMs: number },
): Promise<Claim | undefined> {
  const { rows } = await pool.query<Row>(
    "select organization_id, kind, told, failures from platform.claim_work($1, $2, $3 * interval '1 millisecond')",
    [ask.kinds, ask.id, ask.leaseMs],
  );
  const row = rows[0];
  if (!row) return undefined;
  const { organization_id: organizationId, kind, told, failures } = row;
  return { id: ask.id, organizationId, kind, told, failures };
}

/** Lengthens the lease; false when the work is somebody else's by now. */
export async function renewWork(pool: pg.Pool, claim: Claim, leaseMs: number): Promise<boolean> {
  const { rows } = await pool.query<{ mine: boolean }>(
    "select platform.renew_work($1, $2, $3, $4 * interval '1 millisecond') as mine",
    [claim.id, claim.organizationId, claim.kind, leaseMs],
  );
  return rows[0]?.mine ?? false;
}

/** Puts the work back, due after `restMs`; with null it is done, unless it was told of since. */
export async function returnWork(
  pool: pg.Pool,
  claim: Claim,
  { restMs, failures }: { restMs: number | null; failures: number },
): Promise<void> {
  await pool.query("select platform.return_work($1, $2, $3, $4, $5::float8 * interval '1 millisecond', $6)", [
    claim.id,
    claim.organizationId,
    claim.kind,
    claim.told,
    restMs,
    failures,
  ]);
}
