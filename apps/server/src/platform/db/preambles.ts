// The first round trip of every transaction: it begins, takes the lock that a move waits for, and narrows what can be seen.
import pg from 'pg';
import { type Actor, PLATFORM_ORGANIZATION } from '../actor.ts';

const lockKey = (organizationId: string) => `hashtextextended(${pg.escapeLiteral(organizationId)}, 0)`;

/** SQL of the lock that a move holds to the end of its transaction: no transaction of the organization runs meanwhile. */
export const exclusiveLock = (organizationId: string) => `pg_advisory_xact_lock(${lockKey(organizationId)})`;

/**
 * Opens a tenant's transaction. Answers whether the organization could be entered (`free`: not while it is being moved), and
 * in the next statement, which sees what a move has just committed, its schema; no row when it does not live in this cluster.
 */
export function tenantPreamble(actor: Pick<Actor, 'organization_id' | 'workspaces'>): string {
  const organization = pg.escapeLiteral(actor.organization_id);
  const workspaces = pg.escapeLiteral(actor.workspaces === '*' ? '*' : actor.workspaces.join(','));
  return `begin; select pg_try_advisory_xact_lock_shared(${lockKey(actor.organization_id)}) as free;
    select r.schema_name, set_config('app.organization', ${organization}, true), set_config('app.workspaces', ${workspaces}, true),
      set_config('search_path', quote_ident(r.schema_name) || ', pg_catalog, pg_temp', true), set_config('role', r.role_name, true)
    from platform.residents r where r.organization_id = ${organization}`;
}

/** Opens a transaction on the directory: an operator's when `organizationId` is null. */
export function platformPreamble(organizationId: string | null): string {
  const operator = organizationId === null ? 'on' : 'off';
  const organization = pg.escapeLiteral(organizationId ?? PLATFORM_ORGANIZATION);
  return `begin; select set_config('app.operator', '${operator}', true), set_config('app.organization', ${organization}, true),
    set_config('app.workspaces', '*', true), set_config('search_path', 'platform, tenants, pg_catalog, pg_temp', true),
    set_config('role', 'insula_platform', true)`;
}
