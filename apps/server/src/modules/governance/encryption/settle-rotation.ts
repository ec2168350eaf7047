// Rotation ends: what is left is sealed again, and a version that has sealed nothing for long enough is destroyed.
import { systemActor } from '../../../platform/actor.ts';
import type { GovernanceDeps } from '../index.ts';
import { type ResealDeps, resealOrganization } from './reseal-organization.ts';
import { destroyRetired, listByteColumns, lockKeys } from './store.ts';

export type SettleDeps = ResealDeps &
  Pick<GovernanceDeps, 'events'> & {
    /** How long nothing sealed with a version must have been found before it is destroyed. Default 1 h. */
    graceMs?: number;
  };

const GRACE_MS = 3_600_000;

/** Takes an organization's rotation as far as it goes now; returns the versions that were destroyed. */
export async function settleRotation(deps: SettleDeps, organizationId: string): Promise<number[]> {
  const now = deps.clock.now();
  const { found, finished } = await resealOrganization(deps, organizationId);
  if (!finished || (await hasUnknownColumns(deps, organizationId))) return [];
  const unseenSince = new Date(now - (deps.graceMs ?? GRACE_MS));
  return destroyVersions(deps, organizationId, { unseenSince, except: found });
}

async function hasUnknownColumns(deps: SettleDeps, organizationId: string): Promise<boolean> {
  const columns = await deps.db.as(systemActor(organizationId), listByteColumns);
  const unknown = deps.sealedFields.listUnknown(columns);
  if (unknown.length === 0) return false;
  deps.log.error(
    { columns: unknown },
    'columns of bytes are not registered as sealed or plain; no key is destroyed',
  );
  return true;
}

async function destroyVersions(
  deps: SettleDeps,
  organizationId: string,
  which: { unseenSince: Date; except: number[] },
): Promise<number[]> {
  const actor = systemActor(organizationId);
  const destroyed = await deps.db.asPlatform(null, async (tx) => {
    await lockKeys(tx, organizationId);
    const versions = await destroyRetired(tx, organizationId, which);
    if (versions.length > 0)
      await deps.events.announceOnPlatform(tx, actor, {
        type: 'encryption_key.retired',
        subject_type: 'organization',
        subject_id: organizationId,
        details: { versions },
        about: organizationId,
      });
    return versions;
  });
  if (destroyed.length > 0)
    await deps.db.as(actor, (tx) =>
      deps.events.announce(tx, actor, {
        type: 'encryption_key.retired',
        subject_type: 'encryption_key',
        subject_id: destroyed.join(','),
        details: { versions: destroyed },
      }),
    );
  return destroyed;
}
