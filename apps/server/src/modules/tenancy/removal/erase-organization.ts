// Everything there is of an organization, in every cluster: shutting its doors, counting it, erasing it. Each can be repeated.
import { type Counts, countRows, eraseRows } from '../../../platform/db/erase-rows.ts';
import { POOLED } from '../../../platform/db/migrate.ts';
import { type Owner, withOwner } from '../../../platform/db/owner.ts';
import { dropSchema, removeResidence, residenceOf } from '../../../platform/db/residences.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';

type Deps = Pick<TenancyDeps, 'db'>;

// The entry of the directory goes last, with the certificate, in one transaction.
const KEPT = ['platform.organizations', 'platform.deletion_certificates'];

async function inEveryCluster<T>(deps: Deps, work: (owner: Owner) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const name of deps.db.clusters.names())
    results.push(await withOwner(deps.db.clusters.get(name), work));
  return results;
}

/** Shuts the organization's doors and waits for the transactions that are inside. */
export async function shutDoors(deps: Deps, organizationId: string): Promise<void> {
  await inEveryCluster(deps, (owner) =>
    owner.transactAlone(organizationId, (tx) => removeResidence(tx, organizationId)),
  );
}

/** Counts the organization's rows in every table of every schema, as `cluster.schema.table`; empty when nothing is left. */
export async function countOrganization(deps: Deps, organizationId: string): Promise<Counts> {
  const counts = await inEveryCluster(deps, async (owner) =>
    Object.entries(await countRows(owner, organizationId, { except: KEPT })).map(
      ([table, n]) => [`${owner.cluster.name}.${table}`, n] as const,
    ),
  );
  return Object.fromEntries(counts.flat());
}

/** Erases all rows, schemas and roles of the organization; its entry in the directory stays. */
export async function eraseOrganization(deps: Deps, organizationId: string): Promise<void> {
  const schemas = ['platform', 'ledger', POOLED.schema];
  await inEveryCluster(deps, async (owner) => {
    await owner.transact((tx) => eraseRows(tx, organizationId, { schemas, except: KEPT }));
    await dropSchema(owner, residenceOf(organizationId, 'dedicated'));
  });
}
