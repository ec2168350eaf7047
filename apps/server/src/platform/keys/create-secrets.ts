// Secrets of organizations: sealed under the organization's own data key, which the master key wraps. Destroying the key
// rows of an organization makes everything sealed for it unreadable for ever.
import type { Kysely } from 'kysely';
import { PLATFORM_ORGANIZATION } from '../actor.ts';
import { createTenantCache } from '../cache/create-tenant-cache.ts';
import type { Database } from '../db/create-database.ts';
import type { PlatformTx } from '../db/door.ts';
import type { Keyring } from './create-keyring.ts';
import { SealBroken } from './problems.ts';
import { type OrganizationKey, open, readSealedVersion, type SealedPlace, seal } from './seal-field.ts';

export type KeyRow = {
  organization_id: string;
  version: number;
  wrapped: Buffer;
  master_key_id: string;
  origin: string;
  state: string;
  created_at: Date;
};
export type NewKey = Pick<
  KeyRow,
  'organization_id' | 'version' | 'wrapped' | 'master_key_id' | 'origin' | 'state'
>;
export type Secrets = ReturnType<typeof createSecrets>;

type KeyTables = { organization_keys: KeyRow & { created_at: Date } };
type Place = Omit<SealedPlace, 'organization_id'>;

const on = (tx: PlatformTx) =>
  tx.$extendTables<KeyTables>() as unknown as Kysely<{
    organization_keys: Omit<KeyRow, 'created_at'> & { created_at: import('kysely').Generated<Date> };
  }>;
const columns = [
  'organization_id',
  'version',
  'wrapped',
  'master_key_id',
  'origin',
  'state',
  'created_at',
] as const;

/** Seals and opens fields of organizations; keys are remembered unwrapped while they hold. */
export function createSecrets(deps: { db: Database; keyring: Keyring }) {
  const { db, keyring } = deps;
  const cache = createTenantCache<{ keys: Map<number, OrganizationKey>; active: number }>({
    invalidation: db.invalidation,
    max: 10_000,
  });
  const platformKey: OrganizationKey = { version: 1, dek: keyring.deriveSecret('platform records', 32) };

  async function keysOf(organizationId: string) {
    if (organizationId === PLATFORM_ORGANIZATION) return { keys: new Map([[1, platformKey]]), active: 1 };
    return cache.load(organizationId, 'keys', async () => {
      const rows = await db.asPlatform(organizationId, (tx) => listKeys(tx, organizationId));
      const keys = new Map(
        rows.map((row) => [
          row.version,
          keyring.unwrapOrganizationKey(organizationId, row.version, row.wrapped),
        ]),
      );
      const active = Math.max(0, ...rows.filter((row) => row.state === 'active').map((row) => row.version));
      return { keys, active };
    });
  }

  async function sealField(organizationId: string, place: Place, plaintext: Uint8Array): Promise<Buffer> {
    const { keys, active } = await keysOf(organizationId);
    const key = keys.get(active);
    if (!key) throw new SealBroken();
    return seal(key, { ...place, organization_id: organizationId }, plaintext);
  }

  async function openField(organizationId: string, place: Place, sealed: Uint8Array): Promise<Buffer> {
    const { keys } = await keysOf(organizationId);
    const key = keys.get(readSealedVersion(sealed));
    if (!key) throw new SealBroken();
    return open(key, { ...place, organization_id: organizationId }, sealed);
  }

  /** A key for an organization, wrapped; `brought` is key material of the organization's own (32 bytes). */
  function newKey(organizationId: string, version = 1, brought?: Buffer): NewKey {
    const key = brought ? { version, dek: brought } : keyring.newOrganizationKey(version);
    return {
      organization_id: organizationId,
      version,
      wrapped: keyring.wrapOrganizationKey(organizationId, key),
      master_key_id: keyring.masterKeyId,
      origin: brought ? 'brought' : 'generated',
      state: 'active',
    };
  }

  return {
    keyring,
    newKey,
    addKey: (tx: PlatformTx, key: NewKey) => addKey(tx, key),
    listKeys,
    changeKey,
    destroyKeys,
    /** Seals a field with the organization's active key; `place` binds it to its table, column and row. */
    seal: sealField,
    /** Opens a field sealed with any key the organization still has; throws `SealBroken`. */
    open: openField,
  };
}

async function addKey(tx: PlatformTx, key: NewKey): Promise<void> {
  await on(tx).insertInto('organization_keys').values(key).execute();
}

async function listKeys(tx: PlatformTx, organizationId: string): Promise<KeyRow[]> {
  return on(tx)
    .selectFrom('organization_keys')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .orderBy('version')
    .execute();
}

async function changeKey(
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
async function destroyKeys(tx: PlatformTx, organizationId: string): Promise<number> {
  const done = await on(tx)
    .deleteFrom('organization_keys')
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  return Number(done.numDeletedRows ?? 0n);
}
