// Endpoint → verb: the address book of tenancy.
import type { organizations } from '@insula/contract/tenancy';
import type { workspaces } from '@insula/contract/workspaces';
import type { RoutesOf } from '../../platform/http/mount-contract.ts';
import { changeConfiguration } from './configuration/change-configuration.ts';
import { changeByOperator } from './directory/change-by-operator.ts';
import { listOrganizations } from './directory/list-organizations.ts';
import { presentOrganization } from './directory/present-organization.ts';
import type { Tenancy } from './index.ts';
import { changeOrganization } from './organizations/change-organization.ts';
import { readNewOrganization } from './organizations/read-new-organization.ts';
import { getMove } from './placement/get-move.ts';
import { moveOrganization } from './placement/move-organization.ts';
import { getCertificate } from './removal/get-certificate.ts';
import { removeOrganization } from './removal/remove-organization.ts';
import { changeWorkspace } from './workspaces/change-workspace.ts';
import { createWorkspace } from './workspaces/create-workspace.ts';
import { getWorkspace } from './workspaces/get-workspace.ts';
import { listWorkspaces } from './workspaces/list-workspaces.ts';
import { removeWorkspace } from './workspaces/remove-workspace.ts';

/** The endpoints of organizations and workspaces. */
export function tenancyRoutes(
  tenancy: Tenancy,
): RoutesOf<{ organizations: typeof organizations; workspaces: typeof workspaces }> {
  const { deps } = tenancy;
  return {
    organizations: { ...tenantRoutes(tenancy), ...operatorRoutes(tenancy) },
    workspaces: {
      list: (call, input) => listWorkspaces(deps, call.actor, input),
      create: (call, { organization_id: _, ...input }) => createWorkspace(deps, call.actor, input),
      get: (call, input) => getWorkspace(deps, call.actor, input.workspace_id),
      change: (call, input) => changeWorkspace(deps, call.actor, input),
      remove: (call, input) => removeWorkspace(deps, call.actor, input.workspace_id),
    },
  };
}

type OrganizationRoutes = RoutesOf<typeof organizations>;
type TenantRoutes = Pick<OrganizationRoutes, 'get' | 'change' | 'getConfiguration' | 'changeConfiguration'>;

function tenantRoutes(tenancy: Tenancy): TenantRoutes {
  const { deps } = tenancy;
  return {
    get: async (call) => presentOrganization(await deps.directory.getEntry(call.actor.organization_id)),
    change: (call, { organization_id: _, ...input }) => changeOrganization(deps, call.actor, input),
    getConfiguration: (call) => tenancy.getConfiguration(call.actor.organization_id),
    changeConfiguration: (call, { organization_id: _, ...input }) =>
      changeConfiguration(deps, call.actor, input),
  };
}

function operatorRoutes(tenancy: Tenancy): Omit<OrganizationRoutes, keyof TenantRoutes> {
  const { deps } = tenancy;
  return {
    list: (_call, input) => listOrganizations(deps, input),
    create: async (call, input) =>
      presentOrganization(await tenancy.provisionOrganization(call.actor, readNewOrganization(input))),
    changePlan: (call, { organization_id: organizationId, plan_tier, max_users, slug }) =>
      changeByOperator(deps, call.actor, {
        organizationId,
        type: 'organization.plan_changed',
        change: {
          ...(plan_tier ? { plan_tier } : {}),
          ...(max_users !== undefined ? { max_users } : {}),
          ...(slug ? { slug } : {}),
        },
      }),
    suspend: (call, { organization_id: organizationId, reason }) =>
      changeByOperator(deps, call.actor, {
        organizationId,
        type: 'organization.suspended',
        change: { status: 'suspended' },
        reason,
      }),
    resume: (call, { organization_id: organizationId }) =>
      changeByOperator(deps, call.actor, {
        organizationId,
        type: 'organization.resumed',
        change: { status: 'active' },
      }),
    remove: (call, input) => removeOrganization(deps, call.actor, input),
    move: (call, input) => moveOrganization(deps, call.actor, input),
    getMove: (_call, input) => getMove(deps, input.organization_id),
    getCertificate: (_call, input) => getCertificate(deps, input.organization_id),
  };
}
