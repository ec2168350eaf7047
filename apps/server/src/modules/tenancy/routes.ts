// Endpoint → verb.

import type { organizations, workspaces } from '@insula/contract/tenancy';
import type { RoutesOf } from '../../platform/http/mount-contract.ts';
import { changeConfiguration } from './configuration/change-configuration.ts';
import type { Tenancy } from './index.ts';
import { changeOrganization } from './organizations/change-organization.ts';
import { changeByOperator } from './organizations/change-plan.ts';
import { listOrganizations } from './organizations/list-organizations.ts';
import { presentOrganization } from './organizations/present-organization.ts';
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
    organizations: {
      list: (_call, input) => listOrganizations(deps, input),
      create: async (call, { domain, contact_email, contact_name, ...input }) =>
        presentOrganization(
          await tenancy.provisionOrganization(call.actor, {
            ...input,
            domain: domain ?? null,
            contact_email: contact_email ?? null,
            contact_name: contact_name ?? null,
          }),
        ),
      get: async (call) => presentOrganization(await deps.directory.getEntry(call.actor.organization_id)),
      change: (call, { organization_id: _, ...input }) => changeOrganization(deps, call.actor, input),
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
      getConfiguration: (call) => tenancy.getConfiguration(call.actor.organization_id),
      changeConfiguration: (call, { organization_id: _, ...input }) =>
        changeConfiguration(deps, call.actor, input),
    },
    workspaces: {
      list: (call, input) => listWorkspaces(deps, call.actor, input),
      create: (call, { organization_id: _, ...input }) => createWorkspace(deps, call.actor, input),
      get: (call, input) => getWorkspace(deps, call.actor, input.workspace_id),
      change: (call, input) => changeWorkspace(deps, call.actor, input),
      remove: (call, input) => removeWorkspace(deps, call.actor, input.workspace_id),
    },
  };
}
