// After a change of the master key: every organization's key that an earlier one wrapped is wrapped again. The keys
// themselves stay, so nothing that they sealed is touched; killed anywhere, the next run goes on with what is left.
import { PLATFORM_ORGANIZATION, systemActor } from '../../../platform/actor.ts';
import { SealBroken } from '../../../platform/keys/index.ts';
import type { GovernanceDeps } from '../index.ts';
import { listWrappedByOthers, rewrapVersion, type VersionRow } from './store.ts';

export type RewrapDeps = Pick<GovernanceDeps, 'db' | 'events' | 'secrets' | 'log'>;

const BATCH = 100;

/** Wraps keys with the current master key; returns how many, and how many no master key given opens. */
export async function rewrapKeys(deps: RewrapDeps): Promise<{ rewrapped: number; unopened: number }> {
  const total = { rewrapped: 0, unopened: 0 };
  let after = { organization_id: PLATFORM_ORGANIZATION, version: 0 };
  for (;;) {
    const page = await rewrapSome(deps, after);
    total.rewrapped += page.rewrapped;
    total.unopened += page.rows.length - page.rewrapped;
    const last = page.rows.at(-1);
    if (!last || page.rows.length < BATCH) break;
    after = last;
  }
  if (total.unopened > 0)
    deps.log.error(
      { keys: total.unopened },
      'organization keys are wrapped by a master key that is not given: set ENCRYPTION_KEY_PREVIOUS to it',
    );
  return total;
}

async function rewrapSome(deps: RewrapDeps, after: { organization_id: string; version: number }) {
  const { masterKeyId } = deps.secrets.keyring;
  return deps.db.asPlatform(null, async (tx) => {
    const rows = await listWrappedByOthers(tx, { masterKeyId, after, limit: BATCH });
    let rewrapped = 0;
    for (const row of rows) {
      const wrapped = wrapAgain(deps, row);
      if (!wrapped) continue;
      await rewrapVersion(tx, { ...row, wrapped, master_key_id: masterKeyId });
      rewrapped += 1;
    }
    if (rewrapped > 0)
      await deps.events.announceOnPlatform(tx, systemActor(PLATFORM_ORGANIZATION), {
        type: 'encryption_keys.rewrapped',
        subject_type: 'master_key',
        subject_id: masterKeyId,
        details: { keys: rewrapped },
      });
    return { rows, rewrapped };
  });
}

function wrapAgain(deps: RewrapDeps, row: VersionRow): Buffer | undefined {
  const { keyring } = deps.secrets;
  try {
    const key = keyring.unwrapOrganizationKey(row.organization_id, row.version, row.wrapped);
    return keyring.wrapOrganizationKey(row.organization_id, key);
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}
