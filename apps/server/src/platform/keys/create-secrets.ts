// Secrets of organizations: sealed under the organization's own data key, which the master key wraps. Destroying the key
// rows of an organization makes everything sealed for it unreadable for ever.
import { PLATFORM_ORGANIZATION } from '../actor.ts';
import { createTenantCache } from '../cache/create-tenant-cache.ts';
import type { Database } from '../db/create-database.ts';
import type { Keyring } from './create-keyring.ts';
import { SealBroken } from './problems.ts';
import { type OrganizationKey, open, readSealedVersion, type SealedPlace, seal } from './seal.ts';
import { addKey, changeKey, destroyKeys, listKeys, type NewKey } from './store.ts';

export type { KeyRow, NewKey } from './store.ts';
export type Secrets = ReturnType<typeof createSecrets>;

type Place = Omit<SealedPlace, 'organization_id'>;
type Keys = { keys: Map<number, OrganizationKey>; active: number };

/** Seals and opens fields of organizations; keys are remembered unwrapped while they hold. */
export function createSecrets(deps: { db: Database; keyring: Keyring }) {
  const { db, keyring } = deps;
  const cache = createTenantCache<Keys>({ invalidation: db.invalidation, max: 10_000 });
  const platformKeys: Keys = {
    keys: new Map([[1, { version: 1, dek: keyring.deriveSecret('platform records', 32) }]]),
    active: 1,
  };

  async function keysOf(organizationId: string): Promise<Keys> {
    if (organizationId === PLATFORM_ORGANIZATION) return platformKeys;
    return cache.load(organizationId, 'keys', () => readKeys(deps, organizationId));
  }

  /** The key of a version; one that another server made a moment ago is read past the cache. */
  async function keyOf(organizationId: string, version: number): Promise<OrganizationKey | undefined> {
    const { keys } = await keysOf(organizationId);
    if (keys.has(version) || organizationId === PLATFORM_ORGANIZATION) return keys.get(version);
    return (await readKeys(deps, organizationId)).keys.get(version);
  }

  return {
    keyring,
    /** A key for an organization, wrapped; `brought` is key material of the organization's own (32 bytes). */
    newKey: (organizationId: string, version = 1, brought?: Buffer) =>
      wrapNewKey(keyring, { organizationId, version, brought }),
    addKey,
    listKeys,
    changeKey,
    destroyKeys,
    /** Seals a field with the organization's active key; `place` binds it to its table, column and row. */
    async seal(organizationId: string, place: Place, plaintext: Uint8Array): Promise<Buffer> {
      const { keys, active } = await keysOf(organizationId);
      const key = keys.get(active);
      if (!key) throw new SealBroken();
      return seal(key, { ...place, organization_id: organizationId }, plaintext);
    },
    /** Opens a field sealed with any key the organization still has; throws `SealBroken`. */
    async open(organizationId: string, place: Place, sealed: Uint8Array): Promise<Buffer> {
      const key = await keyOf(organizationId, readSealedVersion(sealed));
      if (!key) throw new SealBroken();
      return open(key, { ...place, organization_id: organizationId }, sealed);
    },
  };
}

/** All versions that still open something. */
async function readKeys(
  { db, keyring }: { db: Database; keyring: Keyring },
  organizationId: string,
): Promise<Keys> {
  const all = await db.asPlatform(organizationId, (tx) => listKeys(tx, organizationId));
  const rows = all.filter((row) => row.state !== 'retired');
  const unwrap = (row: (typeof rows)[number]) =>
    keyring.unwrapOrganizationKey(organizationId, row.version, row.wrapped);
  const active = Math.max(0, ...rows.filter((row) => row.state === 'active').map((row) => row.version));
  return { keys: new Map(rows.map((row) => [row.version, unwrap(row)])), active };
}

function wrapNewKey(
  keyring: Keyring,
  at: { organizationId: string; version: number; brought: Buffer | undefined },
): NewKey {
  const { organizationId, version, brought } = at;
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
