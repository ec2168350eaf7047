// Changing what an organization says about itself: recorded in its own trail, then shown in the directory.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { notifyOf } from '../../../platform/events/store.ts';
import { type Organization, presentOrganization } from '../directory/present-organization.ts';
import { updateEntry } from '../directory/store.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { type Profile, updateProfile } from './store.ts';

export type ProfileChange = { [K in keyof Profile]?: Profile[K] | undefined };

/** Changes the profile and announces `organization.changed`. */
export async function changeOrganization(
  deps: TenancyDeps,
  actor: Actor,
  input: ProfileChange,
): Promise<Organization> {
  const { name, domain, contact_email, contact_name } = input;
  const change = Object.fromEntries(
    Object.entries({ name, domain, contact_email, contact_name }).filter(([, value]) => value !== undefined),
  );
  const id = actor.organization_id;
  const profile = await deps.db.as(actor, async (tx) => {
    const changed = await updateProfile(tx, id, change);
    if (!changed) throw tenancyProblem('organization_not_found');
    await deps.events.announce(tx, actor, {
      type: 'organization.changed',
      subject_type: 'organization',
      subject_id: id,
      details: change,
    });
    return changed;
  });
  const row = await deps.db.asPlatform(null, async (tx) => {
    const entry = await updateEntry(tx, id, profile);
    await notifyOf(tx, id);
    return entry;
  });
  if (!row) throw tenancyProblem('organization_not_found');
  return presentOrganization(row);
}
