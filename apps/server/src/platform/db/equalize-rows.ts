// Making a copy equal to its source and proving it: every row is hashed on its own side, so that only what differs travels.
// Sums of hashes over some thousand buckets find the difference, single hashes inside those buckets name the rows.
import type { Copy, TablePair } from './copy-rows.ts';
import { replaceRows } from './copy-rows.ts';
import type { Table } from './list-tables.ts';
import type { OwnerTx } from './owner.ts';

type Buckets = Map<number, string>;
type Difference = { pair: TablePair; surplus: string[]; missing: string[] };

const PUT_ROWS = 200;

const keyOf = (table: Table) => `row(${table.key.map((column) => `one.${column}`).join(', ')})::text`;
const bucketOf = (table: Table) => `('x' || substr(md5(${keyOf(table)}), 1, 3))::bit(12)::int`;

/** Makes the target hold exactly the rows that `from` sees, inside the transaction `to`; returns how many rows that are. */
export async function equalizeRows(
  { from, to }: { from: OwnerTx; to: OwnerTx },
  { organizationId }: Copy,
  pairs: TablePair[],
): Promise<number> {
  let rows = 0;
  const differences: Difference[] = [];
  for (const pair of pairs) {
    const { there, here } = await sumBoth({ from, to }, organizationId, pair);
    rows += there.rows;
    const buckets = differing(there.buckets, here.buckets);
    if (buckets.length > 0)
      differences.push(await findDifference({ from, to }, { organizationId, pair, buckets }));
  }
  for (const { pair, surplus } of [...differences].reverse())
    await to.query(
      `delete from ${pair.target.place} one where one.organization_id = $1 and ${keyOf(pair.target)} = any ($2)`,
      [organizationId, surplus],
    );
  for (const { pair, missing } of differences) await putRows({ from, to }, { organizationId, pair, missing });
  // Deleting a parent can take children along that had been equal: where anything was mended, everything is proven.
  if (differences.length > 0) for (const pair of pairs) await proveEqual({ from, to }, organizationId, pair);
  return rows;
}

async function proveEqual(
  sides: { from: OwnerTx; to: OwnerTx },
  organizationId: string,
  pair: TablePair,
): Promise<void> {
  const { there, here } = await sumBoth(sides, organizationId, pair);
  if (differing(there.buckets, here.buckets).length > 0)
    throw new Error(`The copy of ${pair.target.name} is not equal to its source.`);
}

/** Sums both sides at the same time: they are different servers, or at least different connections. */
async function sumBoth(
  { from, to }: { from: OwnerTx; to: OwnerTx },
  organizationId: string,
  { source, target }: TablePair,
) {
  const [there, here] = await Promise.all([
    sumBuckets(from, source, organizationId),
    sumBuckets(to, target, organizationId),
  ]);
  return { there, here };
}

async function sumBuckets(
  tx: OwnerTx,
  table: Table,
  organizationId: string,
): Promise<{ buckets: Buckets; rows: number }> {
  const { rows } = await tx.query<{ bucket: number; n: number; sum: string }>(
    `select ${bucketOf(table)} as bucket, count(*) as n, sum(('x' || substr(md5(one::text), 1, 15))::bit(60)::bigint)::text as sum
      from ${table.place} one where one.organization_id = $1 group by 1`,
    [organizationId],
  );
  return {
    buckets: new Map(rows.map(({ bucket, n, sum }) => [bucket, `${n} ${sum}`])),
    rows: rows.reduce((total, { n }) => total + n, 0),
  };
}

function differing(left: Buckets, right: Buckets): number[] {
  const all = new Set([...left.keys(), ...right.keys()]);
  return [...all].filter((bucket) => left.get(bucket) !== right.get(bucket));
}

async function findDifference(
  { from, to }: { from: OwnerTx; to: OwnerTx },
  { organizationId, pair, buckets }: { organizationId: string; pair: TablePair; buckets: number[] },
): Promise<Difference> {
  const [sources, targets] = await Promise.all([
    hashRows(from, pair.source, { organizationId, buckets }),
    hashRows(to, pair.target, { organizationId, buckets }),
  ]);
  return {
    pair,
    surplus: [...targets.keys()].filter((key) => !sources.has(key)),
    missing: [...sources].filter(([key, hash]) => targets.get(key) !== hash).map(([key]) => key),
  };
}

async function hashRows(
  tx: OwnerTx,
  table: Table,
  at: { organizationId: string; buckets: number[] },
): Promise<Map<string, string>> {
  const { rows } = await tx.query<{ key: string; hash: string }>(
    `select ${keyOf(table)} as key, md5(one::text) as hash from ${table.place} one
      where one.organization_id = $1 and ${bucketOf(table)} = any ($2)`,
    [at.organizationId, at.buckets],
  );
  return new Map(rows.map(({ key, hash }) => [key, hash]));
}

async function putRows(
  { from, to }: { from: OwnerTx; to: OwnerTx },
  { organizationId, pair, missing }: { organizationId: string; pair: TablePair; missing: string[] },
): Promise<void> {
  for (let start = 0; start < missing.length; start += PUT_ROWS) {
    const { rows } = await from.query<{ row: string }>(
      `select one::text as row from ${pair.source.place} one
        where one.organization_id = $1 and ${keyOf(pair.source)} = any ($2) order by ${keyOf(pair.source)}`,
      [organizationId, missing.slice(start, start + PUT_ROWS)],
    );
    const texts = rows.map(({ row }) => row);
    await replaceRows(to, pair.target, texts);
  }
}
