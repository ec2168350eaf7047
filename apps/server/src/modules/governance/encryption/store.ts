// Queries on versions of keys (in the platform's directory) and on sealed fields (in an organization's own tables).
import { type Kysely, sql } from 'kysely';
import type { PlatformTx, TenantTx } from '../../../platform/db/door.ts';
import type { SealedField } from './create-sealed-fields.ts';
import type { EncryptionTables } from './tables.ts';

export type VersionRow = {
  organization_id: string;
  version: number;
  wrapped: Buffer;
  master_key_id: string;
  origin: string;
  state: string;
  retiring_at: Date | null;
  created_at: Date;
};

const columns = [
  ...(['organization_id', 'version', 'wrapped', 'master_key_id'] as const),
  ...(['origin', 'state', 'retiring_at', 'created_at'] as const),
] as const;
const on = (tx: PlatformTx) => tx.$extendTables<EncryptionTables>() as unknown as Kysely<EncryptionTables>;

/** Waits until nobody else changes the organization's keys, and keeps it so until the transaction ends. */
export async function lockKeys(tx: PlatformTx, organizationId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`keys ${organizationId}`}, 0))`.execute(tx);
}

/** All versions of an organization's key, oldest first. */
export async function listVersions(tx: PlatformTx, organizationId: string): Promise<VersionRow[]> {
  return on(tx)
    .selectFrom('organization_keys')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .orderBy('version')
    .execute();
}

/** A page of versions, newest first; reads one more than `limit`. */
export async function pageVersions(
  tx: PlatformTx,
  organizationId: string,
  page: { limit: number; before: number | undefined },
): Promise<VersionRow[]> {
  let query = on(tx).selectFrom('organization_keys').select(columns);
  if (page.before !== undefined) query = query.where('version', '<', page.before);
  return query
    .where('organization_id', '=', organizationId)
    .orderBy('version', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** From `at` on the version that seals is to be retired. */
export async function retireActive(tx: PlatformTx, organizationId: string, at: Date): Promise<void> {
  await on(tx)
    .updateTable('organization_keys')
    .set({ state: 'retiring', retiring_at: at })
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .execute();
}

/** Something sealed with these versions was found: they have to stay unseen anew from `at` on. */
export async function restartRetiring(
  tx: PlatformTx,
  organizationId: string,
  found: { versions: number[]; at: Date },
): Promise<void> {
  await on(tx)
    .updateTable('organization_keys')
    .set({ retiring_at: found.at })
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'retiring')
    .where(sql<boolean>`version = any (${found.versions}::int[])`)
    .execute();
}

/** Destroys the versions whose time has come; returns which. */
export async function destroyRetired(
  tx: PlatformTx,
  organizationId: string,
  which: { unseenSince: Date; except: number[] },
): Promise<number[]> {
  const rows = await on(tx)
    .updateTable('organization_keys')
    .set({ state: 'retired', wrapped: Buffer.alloc(0), retiring_at: null })
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'retiring')
    .where('retiring_at', '<=', which.unseenSince)
    .where(sql<boolean>`version <> all (${which.except}::int[])`)
    .returning('version')
    .execute();
  return rows.map((row) => row.version);
}

/** Organizations (by id, after one) whose sealing key was made before a moment. */
export async function listOverdue(
  tx: PlatformTx,
  page: { madeBefore: Date; after: string; limit: number },
): Promise<string[]> {
  const rows = await on(tx)
    .selectFrom('organization_keys')
    .select('organization_id')
    .distinct()
    .where('state', '=', 'active')
    .where('created_at', '<', page.madeBefore)
    .where('organization_id', '>', page.after)
    .orderBy('organization_id')
    .limit(page.limit)
    .execute();
  return rows.map((row) => row.organization_id);
}

/** Organizations (by id, after one) with versions that are to be retired. */
export async function listRetiring(
  tx: PlatformTx,
  page: { after: string; limit: number },
): Promise<string[]> {
  const rows = await on(tx)
    .selectFrom('organization_keys')
    .select('organization_id')
    .distinct()
    .where('state', '=', 'retiring')
    .where('organization_id', '>', page.after)
    .orderBy('organization_id')
    .limit(page.limit)
    .execute();
  return rows.map((row) => row.organization_id);
}

/** Versions wrapped by another master key than the one given, by organization and version, locked for a change. */
export async function listWrappedByOthers(
  tx: PlatformTx,
  page: { masterKeyId: string; after: { organization_id: string; version: number }; limit: number },
): Promise<VersionRow[]> {
  const { organization_id, version } = page.after;
  return on(tx)
    .selectFrom('organization_keys')
    .select(columns)
    .where('state', '<>', 'retired')
    .where('master_key_id', '<>', page.masterKeyId)
    .where(sql<boolean>`(organization_id, version) > (${organization_id}::uuid, ${version}::int)`)
    .orderBy('organization_id')
    .orderBy('version')
    .limit(page.limit)
    .forUpdate()
    .execute();
}

/** Puts a version into a new wrapping. */
export async function rewrapVersion(
  tx: PlatformTx,
  row: Pick<VersionRow, 'organization_id' | 'version' | 'wrapped' | 'master_key_id'>,
): Promise<void> {
  const { wrapped, master_key_id } = row;
  await on(tx)
    .updateTable('organization_keys')
    .set({ wrapped, master_key_id })
    .where('organization_id', '=', row.organization_id)
    .where('version', '=', row.version)
    .execute();
}

export type StaleRow = { key: string[]; sealed: Buffer };

/** The versions, other than `active`, that a sealed field names anywhere in the organization. */
export async function listNamedVersions(
  tx: TenantTx,
  field: SealedField,
  at: { organizationId: string; active: number },
): Promise<number[]> {
  const { rows } = await sql<{
    version: Buffer;
  }>`select distinct substring(${sql.ref(field.column)} from 2 for 4) as version
    from ${sql.table(field.table)} where organization_id = ${at.organizationId} and ${sql.ref(field.column)} is not null`.execute(
    tx,
  );
  const versions = rows.map(({ version }) => (version.length === 4 ? version.readInt32BE() : 0));
  return versions.filter((version) => version !== at.active);
}

/** Rows (after one, by their key) whose field is not sealed with version `active`, locked for a change. */
export async function listStale(
  tx: TenantTx,
  field: SealedField,
  page: { organizationId: string; active: number; after: string[] | undefined; limit: number },
): Promise<StaleRow[]> {
  const version = Buffer.alloc(4);
  version.writeUInt32BE(page.active);
  const column = sql.ref(field.column);
  const key = field.key.map((name) => sql.ref(name));
  const texts = field.key.map((name) => sql`${sql.ref(name)}::text`);
  const after = page.after ? sql`and (${sql.join(key)}) > (${sql.join(page.after)})` : sql``;
  const { rows } = await sql<StaleRow>`select array[${sql.join(texts)}] as key, ${column} as sealed
    from ${sql.table(field.table)}
    where organization_id = ${page.organizationId} and ${column} is not null
      and substring(${column} from 2 for 4) <> ${version}::bytea ${after}
    order by ${sql.join(key)} limit ${page.limit} for update`.execute(tx);
  return rows;
}

/** Writes the field of one row; null drops it. */
export async function writeField(
  tx: TenantTx,
  field: SealedField,
  row: { organizationId: string; key: string[]; sealed: Buffer | null },
): Promise<void> {
  const named = field.key.map((name, at) => sql`${sql.ref(name)} = ${row.key[at]}`);
  await sql`update ${sql.table(field.table)} set ${sql.ref(field.column)} = ${row.sealed}::bytea
    where organization_id = ${row.organizationId} and ${sql.join(named, sql` and `)}`.execute(tx);
}

/** Every column of bytes in the organization's tables. */
export async function listByteColumns(tx: TenantTx): Promise<{ table: string; column: string }[]> {
  const { rows } = await sql<{ table: string; column: string }>`select c.relname as table, a.attname as column
    from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
    where c.relnamespace = to_regnamespace(quote_ident(current_schema())) and c.relkind in ('r', 'p')
      and a.atttypid = 'bytea'::regtype and a.attnum > 0 and not a.attisdropped
    order by 1, 2`.execute(tx);
  return rows;
}
