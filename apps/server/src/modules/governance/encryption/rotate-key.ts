// Rotation begins: a new version seals from now on, the earlier ones only open, until nothing is left that they sealed.
//
// No reader fails meanwhile, on any server:
// * The new version is committed before anything is sealed with it, and a reader that meets a version it does not remember
//   reads the keys again before it gives up. What its cache holds does not matter.
// * A server whose cache is behind may go on sealing with the earlier version for a moment. That version is destroyed only
//   after a scan found nothing sealed with it, and an hour after it last sealed or anything sealed with it was last found:
//   far more than a stale cache (2 s), a transaction (20 s) and a request that read the old bytes can last.
// * A retiring version keeps its wrapped key, so a rotation killed at any point is taken up where it stood.
import { governanceProblem } from '@insula/contract/governance';
import { type Actor, PLATFORM_ORGANIZATION } from '../../../platform/actor.ts';
import { parseMasterKey } from '../../../platform/keys/index.ts';
import type { GovernanceDeps } from '../index.ts';
import { listVersions, lockKeys, retireActive, type VersionRow } from './store.ts';

export type RotateInput = {
  organizationId: string;
  /** Key material of the organization's own: 32 random bytes in base64 (or hex). */
  key?: string | undefined;
  /** Rotate only if the sealing version was made before this moment; nothing happens otherwise. */
  madeBefore?: Date;
};
export type RotateDeps = Pick<GovernanceDeps, 'db' | 'events' | 'secrets' | 'clock'>;

const IN_USE_MAX = 8;

/** Makes a new version the sealing one and records it in the platform's and the organization's trail; undefined when it was not due. */
export async function rotateKey(
  deps: RotateDeps,
  actor: Actor,
  input: RotateInput,
): Promise<VersionRow | undefined> {
  const { organizationId } = input;
  const brought = input.key === undefined ? undefined : readBrought(input.key);
  if (organizationId === PLATFORM_ORGANIZATION) throw governanceProblem('organization_keys_not_found');
  const made = await deps.db.asPlatform(null, async (tx) => {
    await lockKeys(tx, organizationId);
    const before = await listVersions(tx, organizationId);
    const newest = before.at(-1);
    const active = before.findLast((row) => row.state === 'active');
    if (!newest) throw governanceProblem('organization_keys_not_found');
    if (input.madeBefore && active && active.created_at >= input.madeBefore) return undefined;
    if (before.filter((row) => row.state !== 'retired').length >= IN_USE_MAX)
      throw governanceProblem('too_many_key_versions', { limit: IN_USE_MAX });
    await retireActive(tx, organizationId, new Date(deps.clock.now()));
    await deps.secrets.addKey(tx, deps.secrets.newKey(organizationId, newest.version + 1, brought));
    const row = (await listVersions(tx, organizationId)).at(-1)!;
    await deps.events.announceOnPlatform(tx, actor, {
      type: 'encryption_key.rotated',
      subject_type: 'organization',
      subject_id: organizationId,
      details: { version: row.version, origin: row.origin },
      about: organizationId,
    });
    return row;
  });
  if (made) await tellOrganization(deps, actor, made);
  return made;
}

async function tellOrganization(deps: RotateDeps, actor: Actor, row: VersionRow): Promise<void> {
  await deps.db.as(actor, (tx) =>
    deps.events.announce(tx, actor, {
      type: 'encryption_key.rotated',
      subject_type: 'encryption_key',
      subject_id: String(row.version),
      details: { version: row.version, origin: row.origin },
    }),
  );
}

function readBrought(text: string): Buffer {
  try {
    return parseMasterKey(text, 'The key');
  } catch (error) {
    throw governanceProblem('key_refused', { detail: (error as Error).message });
  }
}
