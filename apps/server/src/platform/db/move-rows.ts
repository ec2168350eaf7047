// All rows of an organization from one schema to another of the same cluster, inside one transaction.
import { assertAlike, listTables } from './list-tables.ts';
import type { OwnerTx } from './owner.ts';

export type Way = { organizationId: string; from: string; to: string };

/** Copies the rows; returns how many. The target must be empty of them. */
export async function moveRows(tx: OwnerTx, { organizationId, from, to }: Way): Promise<number> {
  const sources = await listTables(tx, [from]);
  const targets = await listTables(tx, [to]);
  assertAlike(sources, targets);
  let moved = 0;
  for (const target of targets) {
    const source = sources.find((table) => table.name === target.name)!;
    const columns = target.writable.join(', ');
    const { rowCount } = await tx.query(
      `insert into ${target.place} (${columns}) overriding system value
        select ${columns} from ${source.place} where organization_id = $1`,
      [organizationId],
    );
    moved += rowCount ?? 0;
  }
  return moved;
}
