// Deleting an organization for good. Its keys are destroyed first, in one transaction with the record of it; from then on
// nothing of it can be read, and what is left is cleaning, which goes on after a crash.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { DEFAULT_ORGANIZATION } from '../default-organization.ts';
import { type DirectoryRow, findEntry, lockEntry, updateEntry } from '../directory/store.ts';
import { holdOrganization } from '../hold-organization.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { finishRemoval } from './finish-removal.ts';
import { findCertificate } from './get-certificate.ts';
import type { Certificate } from './sign-certificate.ts';
import { type Draft, putRecord } from './store.ts';

export type Removal = { organization_id: string; confirm: string };

/** Deletes the organization and returns the certificate, also when it was deleted before. Throws `confirmation_differs`, `default_protected`. */
export async function removeOrganization(
  deps: TenancyDeps,
  actor: Actor,
  { organization_id: organizationId, confirm }: Removal,
): Promise<Certificate> {
  if (organizationId === DEFAULT_ORGANIZATION) throw tenancyProblem('default_protected');
  const entry = await deps.db.asPlatform(null, (tx) => findEntry(tx, organizationId));
  if (!entry) return getFinished(deps, { organization_id: organizationId, confirm });
  if (entry.status === 'provisioning') throw tenancyProblem('organization_not_found');
  if (entry.slug !== confirm) throw tenancyProblem('confirmation_differs');
  const held = await holdOrganization(deps.db, organizationId, async () => {
    await destroyKeys(deps, actor, { organization_id: organizationId, confirm });
    return finishRemoval(deps, organizationId);
  });
  if (!held) throw tenancyProblem(entry.status === 'deleting' ? 'removal_under_way' : 'move_under_way');
  return held.result;
}

async function getFinished(deps: TenancyDeps, removal: Removal): Promise<Certificate> {
  const certificate = await findCertificate(deps, removal.organization_id);
  if (certificate?.slug !== removal.confirm) throw tenancyProblem('organization_not_found');
  return certificate;
}

async function destroyKeys(deps: TenancyDeps, actor: Actor, removal: Removal): Promise<void> {
  const { organization_id: organizationId, confirm } = removal;
  await deps.db.asPlatform(null, async (tx) => {
    const entry: DirectoryRow | undefined = await lockEntry(tx, organizationId);
    if (!entry || entry.status === 'deleting') return;
    if (entry.slug !== confirm) throw tenancyProblem('confirmation_differs');
    await updateEntry(tx, organizationId, { status: 'deleting' });
    const keys = await deps.secrets.destroyKeys(tx, organizationId);
    const key_destroyed_at = new Date(deps.clock.now()).toISOString();
    const draft: Draft = { slug: entry.slug, key_destroyed_at, keys };
    await putRecord(tx, organizationId, draft);
    await deps.events.announceOnPlatform(tx, actor, {
      type: 'organization.removal_started',
      subject_type: 'organization',
      subject_id: organizationId,
      details: { slug: entry.slug, keys_destroyed: keys },
      about: organizationId,
    });
  });
}
