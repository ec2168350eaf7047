// An organization as the contract shows it.
import type { organization } from '@insula/contract/tenancy';
import type { z } from 'zod';
import type { DirectoryRow } from './store.ts';

export type Organization = z.infer<typeof organization>;

/** Presents an entry of the directory. */
export function presentOrganization(row: DirectoryRow): Organization {
  const { organization_id: id, cluster, plan_tier, placement, status, ...rest } = row;
  return {
    ...rest,
    id,
    plan_tier: plan_tier as Organization['plan_tier'],
    placement: placement as Organization['placement'],
    status: status as Organization['status'],
    data_region: cluster,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
