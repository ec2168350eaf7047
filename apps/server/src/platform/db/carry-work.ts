// Where an organization's work waits, when it moves to another cluster: its rows in the queue follow it. Nothing is told of
// meanwhile, because none of its transactions runs between the shutting of the one place and the opening of the other.
import type { Owner, OwnerTx } from './owner.ts';

type WorkRow = { kind: string; due_at: string; told: number };

/** Lets what waits in the queue of one cluster wait in that of another too, free to be claimed there; can be repeated. */
export async function carryWork(
  organizationId: string,
  { from, to }: { from: Owner; to: Owner },
): Promise<void> {
  const { rows } = await from.transact((tx) =>
    tx.query<WorkRow>(
      'select kind, due_at::text as due_at, told from platform.work where organization_id = $1',
      [organizationId],
    ),
  );
  if (rows.length === 0) return;
  await to.transact(async (tx) => {
    for (const row of rows)
      await tx.query(
        `insert into platform.work as w (organization_id, kind, due_at, told) values ($1, $2, $3, $4)
          on conflict (organization_id, kind) do update set told = w.told + 1, due_at = least(w.due_at, excluded.due_at)`,
        [organizationId, row.kind, row.due_at, row.told],
      );
  });
}

/** Takes the organization's work out of the queue of the cluster that it left. */
export async function removeWork(from: OwnerTx, organizationId: string): Promise<void> {
  await from.query('delete from platform.work where organization_id = $1', [organizationId]);
}
