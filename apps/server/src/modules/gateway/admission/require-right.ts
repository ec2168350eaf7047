// A verified credential as the gateway needs it, and what it stands on.
import { type Permission, problem } from '@insula/contract';
import type { OwnLimits } from '@insula/contract/configuration';
import type { Configuration } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { CacheRow } from '../cache/store.ts';
import type { Guards } from '../guardrails/compile-policy.ts';
import type { Routes } from '../routing/load-routes.ts';
import type { Terms } from './load-terms.ts';

export type Principal = {
  /** `system`: the server itself, for a workspace, whose id it has. */
  kind: 'api_key' | 'member' | 'operator' | 'system';
  id: string;
  organization_id: string;
  workspace_id: string;
  permissions: ReadonlySet<Permission>;
  /** Requests a minute of this credential alone; null: only the organization's limits hold. */
  rate_limit_per_minute: number | null;
  /** Further limits of this credential alone. */
  rate_limits?: OwnLimits;
  /** The same as the rest of the house knows them; who is asked for by the built-in model alone. */
  actor?: Actor;
};

/** What is remembered of the place a call is made in. */
export type Grounds = {
  configuration: Configuration;
  routes: Routes;
  planTier: string;
  terms: Terms;
  /** What is looked for in calls, and the settings of the answer cache; undefined where the workspace has none. */
  guards: Guards | undefined;
  cache: CacheRow | undefined;
};

/** Throws `forbidden` unless the credential may do this. */
export function requireRight(principal: Principal, permission: Permission): void {
  if (!principal.permissions.has(permission)) throw problem('forbidden', { permission });
}
