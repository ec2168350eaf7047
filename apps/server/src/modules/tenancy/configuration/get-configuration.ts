// Reading the configuration of an organization.
import { type Configuration, defaultConfiguration, tenancyProblem } from '@insula/contract/tenancy';
import { systemActor } from '../../../platform/actor.ts';
import type { TenantCache } from '../../../platform/cache/create-tenant-cache.ts';
import { readConfiguration } from '../organizations/store.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';

/** The configuration, with defaults for settings that are newer than it; remembered until it changes. */
export async function getConfiguration(
  deps: TenancyDeps,
  cache: TenantCache<Configuration>,
  organizationId: string,
): Promise<Configuration> {
  return cache.load(organizationId, 'configuration', async () => {
    const found = await deps.db.as(systemActor(organizationId), (tx) =>
      readConfiguration(tx, organizationId),
    );
    if (!found) throw tenancyProblem('organization_not_found');
    return { ...defaultConfiguration, ...found };
  });
}
