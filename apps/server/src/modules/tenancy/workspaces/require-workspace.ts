// Other modules put things into workspaces; whether there is such a workspace is said here.
import type { OwnLimits } from '@insula/contract/configuration';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { TenantTx } from '../../../platform/db/door.ts';
import { findWorkspace } from './store.ts';

/** Throws `workspace_not_found` unless the transaction can see the workspace; none at all means the whole organization. */
export async function requireWorkspace(
  tx: TenantTx,
  home: { organizationId: string; workspaceId: string | null },
): Promise<void> {
  const { organizationId, workspaceId } = home;
  if (workspaceId === null) return;
  if (!(await findWorkspace(tx, { organizationId, workspaceId })))
    throw tenancyProblem('workspace_not_found');
}

/** The limits of a workspace itself; an empty object when it has none, or when there is no such workspace. */
export async function findWorkspaceLimits(
  tx: TenantTx,
  at: { organizationId: string; workspaceId: string },
): Promise<OwnLimits> {
  return (await findWorkspace(tx, at))?.rate_limits ?? {};
}
