// Provisioning: a directory entry with its data key, a place in a database, and the first rows there. Until the last step
// the organization does not exist for anybody; what a crash leaves behind is cleared at the next start.
import { defaultConfiguration, tenancyProblem } from '@insula/contract/tenancy';
import { type Actor, systemActor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { toSlug } from '../../../platform/to-slug.ts';
import { applyChange, type PlainChange } from '../configuration/translate-configuration.ts';
import { addEntry, type DirectoryRow, lockEntry, updateEntry } from '../directory/store.ts';
import { makePlace } from '../placement/make-place.ts';
import { discardOrganization } from '../removal/discard-organization.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { insertWorkspace } from '../workspaces/create-workspace.ts';
import { addProfile, type Profile } from './store.ts';

export type NewOrganization = Partial<Omit<Profile, 'name'>> & {
  id?: string;
  workspace_id?: string;
  name: string;
  slug?: string | undefined;
  plan_tier: string;
  max_users?: number | null | undefined;
  data_region: string;
  placement?: 'pooled' | 'dedicated' | undefined;
  /** What differs from the defaults. */
  configuration?: PlainChange;
};

/** Makes an organization with its default workspace (and, by reaction, its default agent); announces `organization.created`. */
export async function provisionOrganization(
  deps: TenancyDeps,
  actor: Actor,
  input: NewOrganization,
): Promise<DirectoryRow> {
  const { clusters } = deps.db;
  if (!clusters.has(input.data_region))
    throw tenancyProblem('region_unknown', {
      region: input.data_region,
      regions: clusters.names().join(', '),
    });
  const entry = await reserveEntry(deps, input);
  try {
    await makePlace(clusters.get(entry.cluster), entry);
    await writeFirstRows(deps, actor, { entry, change: input.configuration ?? {} });
    return await openForUse(deps, actor, entry.organization_id);
  } catch (error) {
    await discardOrganization(deps, entry.organization_id).catch((err: unknown) =>
      deps.log.error({ err }, 'what was provisioned of an organization is cleared at the next start'),
    );
    throw error;
  }
}

async function reserveEntry(deps: TenancyDeps, input: NewOrganization): Promise<DirectoryRow> {
  const now = deps.clock.now();
  const id = input.id ?? newId(now);
  const slug = input.slug ?? toSlug(input.name, 'organization');
  const key = deps.secrets.newKey(id);
  const row = await deps.db.asPlatform(null, async (tx) => {
    const added = await addEntry(tx, {
      organization_id: id,
      slug,
      name: input.name,
      domain: input.domain ?? null,
      contact_email: input.contact_email ?? null,
      contact_name: input.contact_name ?? null,
      plan_tier: input.plan_tier,
      max_users: input.max_users ?? null,
      cluster: input.data_region,
      placement: input.placement ?? (input.plan_tier === 'enterprise' ? 'dedicated' : 'pooled'),
      status: 'provisioning',
      default_workspace_id: input.workspace_id ?? newId(now),
    });
    if (added) await deps.secrets.addKey(tx, key);
    return added;
  });
  if (!row) throw tenancyProblem('slug_taken', { slug });
  return row;
}

async function writeFirstRows(
  deps: TenancyDeps,
  actor: Actor,
  { entry, change }: { entry: DirectoryRow; change: PlainChange },
): Promise<void> {
  const { organization_id, name, domain, contact_email, contact_name } = entry;
  const here: Actor = {
    ...systemActor(organization_id),
    ...(actor.request_id ? { request_id: actor.request_id } : {}),
  };
  await deps.db.as(here, async (tx) => {
    await addProfile(tx, {
      organization_id,
      name,
      domain,
      contact_email,
      contact_name,
      configuration: applyChange(defaultConfiguration, change),
    });
    await deps.events.announce(tx, here, {
      type: 'organization.created',
      subject_type: 'organization',
      subject_id: organization_id,
      details: { name, slug: entry.slug, plan_tier: entry.plan_tier, by: actor.name },
    });
    const workspace = {
      id: entry.default_workspace_id!,
      name: 'Default',
      slug: 'default',
      description: '',
      settings: {},
    };
    await insertWorkspace(tx, { deps, actor: here, input: workspace, isDefault: true });
  });
}

async function openForUse(deps: TenancyDeps, actor: Actor, organizationId: string): Promise<DirectoryRow> {
  return deps.db.asPlatform(null, async (tx) => {
    const entry = await lockEntry(tx, organizationId);
    const row =
      entry?.status === 'provisioning'
        ? await updateEntry(tx, organizationId, { status: 'active' })
        : undefined;
    if (!row) throw new Error('The organization was cleared away while it was being made: it took too long.');
    await deps.events.announceOnPlatform(tx, actor, {
      type: 'organization.created',
      subject_type: 'organization',
      subject_id: organizationId,
      details: {
        slug: row.slug,
        plan_tier: row.plan_tier,
        placement: row.placement,
        data_region: row.cluster,
      },
      about: organizationId,
    });
    return row;
  });
}
