// What the operator decides about an organization: plan, limits, slug, and whether it may work at all.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { DEFAULT_ORGANIZATION } from '../default-organization.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { type Organization, presentOrganization } from './present-organization.ts';
import { type DirectoryRow, findEntryBySlug, lockEntry, updateEntry } from './store.ts';

export type OperatorChange = {
  type: string;
  change: Partial<Pick<DirectoryRow, 'plan_tier' | 'max_users' | 'slug' | 'status'>>;
  reason?: string | undefined;
};

/** Makes the change and records it in the platform's trail under `type`. */
export async function changeByOperator(
  deps: TenancyDeps,
  actor: Actor,
  input: OperatorChange & { organizationId: string },
): Promise<Organization> {
  const { organizationId, change } = input;
  const row = await deps.db.asPlatform(null, async (tx) => {
    const before = await lockEntry(tx, organizationId);
    if (!before || before.status === 'provisioning' || before.status === 'deleting')
      throw tenancyProblem('organization_not_found');
    if (change.status === 'suspended' && organizationId === DEFAULT_ORGANIZATION)
      throw tenancyProblem('default_protected');
    if (change.slug !== undefined) {
      const holder = await findEntryBySlug(tx, change.slug);
      if (holder && holder.organization_id !== organizationId)
        throw tenancyProblem('slug_taken', { slug: change.slug });
    }
    const after = await updateEntry(tx, organizationId, change);
    const details = { ...change, ...(input.reason ? { reason: input.reason } : {}) };
    await deps.events.announceOnPlatform(tx, actor, {
      type: input.type,
      subject_type: 'organization',
      subject_id: organizationId,
      details,
      about: organizationId,
    });
    return after!;
  });
  return presentOrganization(row);
}
