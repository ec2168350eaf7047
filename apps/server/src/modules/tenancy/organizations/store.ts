// Queries on what an organization says about itself, in its own tables.
import type { Configuration } from '@insula/contract/tenancy';
import type { Kysely } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { TenancyTables } from '../tables.ts';

export type Profile = {
  name: string;
  domain: string | null;
  contact_email: string | null;
  contact_name: string | null;
};

const columns = ['name', 'domain', 'contact_email', 'contact_name'] as const;
const on = (tx: TenantTx) => tx.$extendTables<TenancyTables>() as unknown as Kysely<TenancyTables>;

/** Writes the profile of a new organization. */
export async function addProfile(
  tx: TenantTx,
  row: Profile & { organization_id: string; configuration: Configuration },
): Promise<void> {
  await on(tx)
    .insertInto('organization')
    .values({ ...row, configuration: JSON.stringify(row.configuration) })
    .execute();
}

/** Changes what is given; undefined when the organization is not here. */
export async function updateProfile(
  tx: TenantTx,
  organizationId: string,
  change: Partial<Profile>,
): Promise<Profile | undefined> {
  return on(tx)
    .updateTable('organization')
    .set({ ...change, updated_at: new Date() })
    .where('organization_id', '=', organizationId)
    .returning(columns)
    .executeTakeFirst();
}

/** The configuration; locked for a change when `forChange` is set, so that two changes do not undo each other. */
export async function readConfiguration(
  tx: TenantTx,
  organizationId: string,
  forChange = false,
): Promise<Configuration | undefined> {
  let query = on(tx)
    .selectFrom('organization')
    .select('configuration')
    .where('organization_id', '=', organizationId);
  if (forChange) query = query.forUpdate();
  return (await query.executeTakeFirst())?.configuration;
}

/** Replaces the configuration. */
export async function writeConfiguration(
  tx: TenantTx,
  organizationId: string,
  configuration: Configuration,
): Promise<void> {
  await on(tx)
    .updateTable('organization')
    .set({ configuration: JSON.stringify(configuration), updated_at: new Date() })
    .where('organization_id', '=', organizationId)
    .execute();
}

/** Locks the organization to the end of the transaction, so that what is counted in it stays true; false when it is not here. */
export async function lockOrganization(tx: TenantTx, organizationId: string): Promise<boolean> {
  const row = await on(tx)
    .selectFrom('organization')
    .select('organization_id')
    .where('organization_id', '=', organizationId)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}
