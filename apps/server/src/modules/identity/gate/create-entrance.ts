// The one way into another organization: an operator of the platform, who is recorded in that organization's own trail.
// Everybody else gets the answer that an organization which never was would get.
import { contract, fixedRoles, platformPermissions } from '@insula/contract';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { AnyContractRouter } from '@orpc/contract';
import type { Actor } from '../../../platform/actor.ts';
import { createLru } from '../../../platform/cache/create-lru.ts';
import type { Identity } from '../create-identity.ts';

type Deps = Pick<Identity, 'db' | 'events' | 'clock' | 'directory'>;
type Enter = (actor: Actor, named: string | undefined, endpoint: string) => Promise<Actor>;

const MINUTE_MS = 60_000;

/** Makes `enter`: compares the organization named with the actor's; an operator becomes a visitor there. `surfaces` are told of like reads. */
export function createEntrance(deps: Deps, surfaces: string[]): Enter {
  const told = createLru<true>(10_000);
  const reads = new Set([...listReads(contract as unknown as AnyContractRouter), ...surfaces]);

  /** A look, and the use of a surface, is told once a minute; whatever changes something is told each time. */
  function isTold(actor: Actor, organizationId: string, endpoint: string): boolean {
    const key = `${actor.account_id} ${organizationId} ${Math.floor(deps.clock.now() / MINUTE_MS)}`;
    const before = told.has(key);
    told.set(key, true);
    return before && reads.has(endpoint);
  }

  async function visit(actor: Actor, organizationId: string, endpoint: string): Promise<Actor> {
    const visitor: Actor = {
      kind: 'operator',
      id: actor.account_id!,
      name: actor.name,
      organization_id: organizationId,
      workspaces: '*',
      permissions: new Set([...fixedRoles.admin, ...platformPermissions]),
      account_id: actor.account_id!,
      ...(actor.session_id ? { session_id: actor.session_id } : {}),
    };
    if (isTold(actor, organizationId, endpoint)) return visitor;
    await deps.db.as(visitor, (tx) =>
      deps.events.announce(tx, visitor, {
        type: 'operator.visited',
        subject_type: 'organization',
        subject_id: organizationId,
        details: { endpoint },
      }),
    );
    return visitor;
  }

  return async (actor, named, endpoint) => {
    if (named === undefined) return actor;
    const wanted = named.toLowerCase();
    if (wanted === actor.organization_id) return actor;
    const own = await deps.directory.findOrganization(actor.organization_id);
    if (own && wanted === own.slug) return actor;
    if (!actor.permissions.has('platform:operate') || !actor.account_id)
      throw tenancyProblem('organization_not_found');
    const there = await deps.directory.findNamed(wanted);
    if (!there || (there.status !== 'active' && there.status !== 'suspended'))
      throw tenancyProblem('organization_not_found');
    return visit(actor, there.organization_id, endpoint);
  };
}

/** The names of all endpoints that only read. */
function* listReads(node: AnyContractRouter, path: string[] = []): Generator<string> {
  if ('~orpc' in node) {
    const { route } = (node as unknown as { '~orpc': { route: { method?: string } } })['~orpc'];
    if (route.method === 'GET') yield path.join('.');
    return;
  }
  for (const [key, child] of Object.entries(node as Record<string, AnyContractRouter>))
    yield* listReads(child, [...path, key]);
}
