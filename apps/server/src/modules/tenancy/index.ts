// The menu of tenancy: organizations, workspaces, configuration, placement, and their life from creation to deletion.
import type { Configuration } from '@insula/contract/tenancy';
import type { Actor } from '../../platform/actor.ts';
import { createTenantCache } from '../../platform/cache/create-tenant-cache.ts';
import { getConfiguration } from './configuration/get-configuration.ts';
import { eachOrganization } from './directory/list-organizations.ts';
import { type NewOrganization, provisionOrganization } from './organizations/provision-organization.ts';
import type { TenancyDeps } from './tenancy-deps.ts';
import { findWorkspaceLimits, requireWorkspace } from './workspaces/require-workspace.ts';

export { DEFAULT_AGENT, DEFAULT_ORGANIZATION, DEFAULT_WORKSPACE } from './default-organization.ts';
export { createDirectory, type Directory } from './directory/create-directory.ts';
export type { NewOrganization } from './organizations/provision-organization.ts';
export { resumeLifecycle } from './resume-lifecycle.ts';
export { tenancyRoutes } from './routes.ts';
export type { TenancyDeps } from './tenancy-deps.ts';
export type Tenancy = ReturnType<typeof createTenancy>;

/** Builds the verbs of tenancy that other modules and the program itself call. */
export function createTenancy(deps: TenancyDeps) {
  const { invalidation } = deps.db;
  const configurations = createTenantCache<Configuration>({ invalidation, max: 20_000 });
  return {
    deps,
    directory: deps.directory,
    provisionOrganization: (actor: Actor, input: NewOrganization) =>
      provisionOrganization(deps, actor, input),
    getConfiguration: (organizationId: string) => getConfiguration(deps, configurations, organizationId),
    peekConfiguration: (organizationId: string) => configurations.find(organizationId, 'configuration'),
    /** The ids of all organizations, in no order that matters, read page by page. */
    eachOrganization: () => eachOrganization(deps),
    requireWorkspace,
    findWorkspaceLimits,
  };
}
