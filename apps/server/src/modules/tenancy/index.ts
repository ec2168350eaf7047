// The menu of tenancy: organizations, workspaces, configuration, placement.
import type { Configuration } from '@insula/contract/tenancy';
import { createTenantCache } from '../../platform/cache/create-tenant-cache.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/create-database.ts';
import type { Events } from '../../platform/events/create-events.ts';
import type { Secrets } from '../../platform/keys/create-secrets.ts';
import type { Log } from '../../platform/log.ts';
import { getConfiguration } from './configuration/get-configuration.ts';
import type { Directory } from './organizations/create-directory.ts';
import { provisionOrganization } from './organizations/provision-organization.ts';

export { DEFAULT_AGENT, DEFAULT_ORGANIZATION, DEFAULT_WORKSPACE } from './defaults.ts';
export { createDirectory, type Directory } from './organizations/create-directory.ts';
export { tenancyRoutes } from './routes.ts';

export type TenancyDeps = {
  db: Database;
  events: Events;
  secrets: Secrets;
  clock: Clock;
  log: Log;
  directory: Directory;
};
export type Tenancy = ReturnType<typeof createTenancy>;

/** Builds the verbs of tenancy that other modules and the program itself call. */
export function createTenancy(deps: TenancyDeps) {
  const configurations = createTenantCache<Configuration>({
    invalidation: deps.db.invalidation,
    max: 20_000,
  });
  return {
    deps,
    directory: deps.directory,
    provisionOrganization: (
      actor: Parameters<typeof provisionOrganization>[1],
      input: Parameters<typeof provisionOrganization>[2],
    ) => provisionOrganization(deps, actor, input),
    getConfiguration: (organizationId: string) => getConfiguration(deps, configurations, organizationId),
    peekConfiguration: (organizationId: string) => configurations.find(organizationId, 'configuration'),
  };
}
