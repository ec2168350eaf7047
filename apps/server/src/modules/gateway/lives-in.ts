// What lives either in a workspace or in the organization as a whole is asked for in one way.
import type { ExpressionBuilder } from 'kysely';
import type { Home } from './credentials/store.ts';
import type { GatewayTables } from './tables.ts';

/** The condition that a row lives in the home, for every table whose rows live in a workspace or in the organization as a whole. */
export const livesIn =
  ({ organizationId, workspaceId }: Home) =>
  (e: ExpressionBuilder<GatewayTables, 'credentials' | 'guardrails' | 'model_routes'>) =>
    e.and([
      e('organization_id', '=', organizationId),
      workspaceId === null ? e('workspace_id', 'is', null) : e('workspace_id', '=', workspaceId),
    ]);
