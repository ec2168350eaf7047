// Queries on the wrapped data keys of organizations, in the platform's directory.
import type { Generated, Kysely, Selectable } from 'kysely';
import type { PlatformTx } from '../db/door.ts';

type KeyTables = {
  organization_keys: {
    organization_id: string;
    version: number;
    wrapped: Buffer;
    master_key_id: string;
    origin: string;
    state: string;
    created_at: Generated<Date>;
  };
};
export type KeyRow = Selectable<KeyTables['organization_keys']>;
export type NewKey = Omit<KeyRow, 'created_at'>;

const columns = [
  'organization_id',
  'version',
  'wrapped',
  'master_key_id',
  'origin',
  'state',
  'created_at',
] as const;
const on = (tx: PlatformTx) => tx.$extendTables<KeyTables>() as unknown as Kysely<KeyTables>;

/** Adds a wrapped key. */
export async function addKey(tx: PlatformTx, key: NewKey): Promise<void> {
  await on(tx).insertInto('organization_keys').values(key).execute();
}

/** All keys of an organization that still exist, oldest first. */
export async function listKeys(tx: PlatformTx, organizationId: string): Promise<KeyRow[]> {
  return on(tx)
    .selectFrom('organization_keys')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .orderBy('version')
    .execute();
}

/** Changes a key: its state, or how it is wrapped. */
export async function changeKey(
  tx: PlatformTx,
  at: { organizationId: string; version: number },
  change: Partial<Pick<KeyRow, 'wrapped' | 'master_key_id' | 'state'>>,
): Promise<void> {
  await on(tx)
    .updateTable('organization_keys')
    .set(change)
    .where('organization_id', '=', at.organizationId)
    .where('version', '=', at.version)
    .execute();
}

/** Destroys all keys of an organization: crypto-shredding. Returns how many there were. */
export async function destroyKeys(tx: PlatformTx, organizationId: string): Promise<number> {
  const done = await on(tx)
    .deleteFrom('organization_keys')
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  return Number(done.numDeletedRows ?? 0n);
}
