// Everything sealed with an earlier version of an organization's key is sealed again with the current one, in bounded
// batches, each a transaction of its own; killed anywhere, the next pass goes on with what is left.
import { systemActor } from '../../../platform/actor.ts';
import {
  type OrganizationKey,
  open,
  readSealedVersion,
  SealBroken,
  seal,
} from '../../../platform/keys/index.ts';
import type { GovernanceDeps } from '../index.ts';
import type { SealedField, SealedFields } from './create-sealed-fields.ts';
import {
  listNamedVersions,
  listStale,
  listVersions,
  restartRetiring,
  type StaleRow,
  writeField,
} from './store.ts';

export type ResealDeps = Pick<GovernanceDeps, 'db' | 'secrets' | 'log' | 'clock'> & {
  sealedFields: SealedFields;
  /** Rows sealed again in one transaction. Default 100. */
  resealBatch?: number;
  /** Asked between batches: a server that stops leaves the rest to the next one. */
  stopped?: () => boolean;
};
/** The earlier versions that fields named when the pass began, and whether it came to its end. */
export type Resealed = { found: number[]; finished: boolean };

/**
 * Makes one pass over all sealed fields of an organization. That a version was found is written down before anything is
 * moved away from it and again after every batch, so that a pass that is killed does not shorten its time of grace.
 */
export async function resealOrganization(deps: ResealDeps, organizationId: string): Promise<Resealed> {
  const found = await findVersions(deps, organizationId);
  if (found.length === 0) return { found, finished: true };
  await restart(deps, organizationId, found);
  let broken = 0;
  for (const field of deps.sealedFields.list()) {
    let after: string[] | undefined;
    do {
      if (deps.stopped?.()) return { found, finished: false };
      const batch = await resealSome(deps, { organizationId, field, after });
      if (batch.moved > 0) await restart(deps, organizationId, found);
      broken += batch.broken;
      after = batch.last;
    } while (after);
  }
  if (broken > 0)
    deps.log.error(
      { organization_id: organizationId, fields: broken },
      'sealed fields do not open; the key versions they name are kept',
    );
  return { found, finished: true };
}

async function findVersions(deps: ResealDeps, organizationId: string): Promise<number[]> {
  const { active } = await readKeys(deps, organizationId);
  const found = new Set<number>();
  for (const field of deps.sealedFields.list()) {
    const at = { organizationId, active: active.version };
    const versions = await deps.db.as(systemActor(organizationId), (tx) => listNamedVersions(tx, field, at));
    for (const version of versions) found.add(version);
  }
  return [...found];
}

async function restart(deps: ResealDeps, organizationId: string, versions: number[]): Promise<void> {
  const at = new Date(deps.clock.now());
  await deps.db.asPlatform(organizationId, (tx) => restartRetiring(tx, organizationId, { versions, at }));
}

type Keys = { active: OrganizationKey; byVersion: Map<number, OrganizationKey> };
type At = { organizationId: string; field: SealedField; after: string[] | undefined };
/** `last` is the key of the last row, when there may be more. */
type Batch = { moved: number; broken: number; last: string[] | undefined };

async function resealSome(deps: ResealDeps, at: At): Promise<Batch> {
  const { organizationId, field, after } = at;
  const limit = deps.resealBatch ?? 100;
  // Read anew for each batch and past every cache: a version that another rotation replaced must not seal for long.
  const keys = await readKeys(deps, organizationId);
  const { version: active } = keys.active;
  return deps.db.as(systemActor(organizationId), async (tx) => {
    const stale = await listStale(tx, field, { organizationId, active, after, limit });
    let moved = 0;
    for (const row of stale) {
      const sealed = sealAgain(keys, at, row);
      if (sealed === undefined) continue;
      await writeField(tx, field, { organizationId, key: row.key, sealed });
      moved += 1;
    }
    const last = stale.length < limit ? undefined : stale.at(-1)!.key;
    return { moved, broken: stale.length - moved, last };
  });
}

async function readKeys(deps: ResealDeps, organizationId: string): Promise<Keys> {
  const rows = await deps.db.asPlatform(organizationId, (tx) => listVersions(tx, organizationId));
  const usable = rows.filter((row) => row.state !== 'retired');
  const { keyring } = deps.secrets;
  const byVersion = new Map(
    usable.map((row) => [
      row.version,
      keyring.unwrapOrganizationKey(organizationId, row.version, row.wrapped),
    ]),
  );
  const active = byVersion.get(usable.findLast((row) => row.state === 'active')?.version ?? 0);
  if (!active) throw new SealBroken();
  return { active, byVersion };
}

/** The field under the current version; null to drop it, undefined to leave it as it is. */
function sealAgain(keys: Keys, at: At, row: StaleRow): Buffer | null | undefined {
  const { table, column, whenBroken } = at.field;
  const place = { organization_id: at.organizationId, table, column, row_id: row.key.join('/') };
  try {
    const key = keys.byVersion.get(readSealedVersion(row.sealed));
    if (!key) throw new SealBroken();
    return seal(keys.active, place, open(key, place, row.sealed));
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    return whenBroken === 'drop' ? null : undefined;
  }
}
