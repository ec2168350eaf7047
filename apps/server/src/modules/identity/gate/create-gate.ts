// The gate: who presents a credential, in which organization it may act, and how often. Every route of every protocol comes
// through here, so that there is one authentication and no side door.
import type { IncomingHttpHeaders } from 'node:http';
import { problem } from '@insula/contract';
import { identityProblem } from '@insula/contract/identity';
import { tenancyProblem } from '@insula/contract/tenancy';
import { type Actor, systemActor } from '../../../platform/actor.ts';
import { createTenantCache } from '../../../platform/cache/create-tenant-cache.ts';
import type { Gate as MountGate } from '../../../platform/http/mount-contract.ts';
import { limitKey } from '../../../platform/limits/index.ts';
import type { Identity } from '../create-identity.ts';
import { authenticatePerson } from './authenticate-person.ts';
import { createEntrance } from './create-entrance.ts';
import { type Caller, createKeyCheck } from './create-key-check.ts';
import { createRecall, personIn } from './create-recall.ts';
import { readCredential } from './read-credential.ts';
import { hasWorkspace } from './store.ts';

export type Gate = Omit<MountGate, 'idempotency' | 'uploads'> & {
  /**
   * Who calls a surface of the gateway. At once for an API key that was seen before; throws or rejects with
   * `unauthenticated`, `organization_suspended`, `organization_not_found` or `workspace_not_found`.
   */
  identify(headers: IncomingHttpHeaders): Caller | Promise<Caller>;
  /** Who an actor is now, for work that goes on without its request; undefined when it may do nothing there any more. */
  recall: ReturnType<typeof createRecall>;
};

/** What the trail of a visited organization calls all surfaces of the gateway. */
const SURFACES = 'gateway';

/** Makes the gate of this server. */
export function createGate(identity: Identity): Gate {
  const checkKey = createKeyCheck(identity);
  const enter = createEntrance(identity, [SURFACES]);
  const callerOfPerson = createPersonCaller(identity);
  const ownLimits = new WeakMap<Actor, number>();

  async function authenticate(request: { headers: IncomingHttpHeaders }): Promise<Actor> {
    const { kind, text } = readCredential(request.headers);
    if (kind === 'token') return authenticatePerson(identity, text);
    const { actor, rate_limit_per_minute: limit } = await checkKey(text);
    if (limit !== null) ownLimits.set(actor, limit);
    return actor;
  }

  async function identifyPerson(token: string, headers: IncomingHttpHeaders) {
    const known = await authenticatePerson(identity, token);
    const actor = await enter(known, headerOf(headers, 'x-tenant-id'), SURFACES);
    return callerOfPerson(actor, headerOf(headers, 'x-workspace-id'));
  }

  function identify(headers: IncomingHttpHeaders): Caller | Promise<Caller> {
    const { kind, text } = readCredential(headers);
    if (kind === 'token') return identifyPerson(text, headers);
    const caller = checkKey(text);
    return caller instanceof Promise
      ? caller.then((found) => assertNamed(found, headers))
      : assertNamed(caller, headers);
  }

  async function admit(actor: Actor): Promise<void> {
    const limit = ownLimits.get(actor);
    if (limit === undefined || actor.id === null) return;
    const key = limitKey(actor.organization_id, 'caller', actor.id);
    const verdict = await identity.limits.take([{ key, windows: [{ seconds: 60, limit }] }]);
    if (!verdict.allowed)
      throw problem('rate_limited', { retry_after_seconds: Math.max(1, verdict.retryAfterSeconds) });
  }

  return { authenticate, enter, admit, identify, recall: createRecall(identity) };
}

/** A key is bound to its organization and workspace; headers that name others do not move it. */
function assertNamed(caller: Caller, headers: IncomingHttpHeaders): Caller {
  const tenant = headerOf(headers, 'x-tenant-id')?.toLowerCase();
  if (tenant !== undefined && tenant !== caller.organization_id && tenant !== caller.organization_slug)
    throw tenancyProblem('organization_not_found');
  const workspace = headerOf(headers, 'x-workspace-id')?.toLowerCase();
  if (workspace !== undefined && workspace !== caller.workspace_id)
    throw tenancyProblem('workspace_not_found');
  return caller;
}

/** Makes the function that finds the workspace a person works in: the one named, or the organization's default. */
function createPersonCaller(identity: Identity) {
  const existing = createTenantCache<{ found: boolean }>({
    invalidation: identity.db.invalidation,
    max: 20_000,
  });

  async function chooseWorkspace(actor: Actor, named: string | undefined): Promise<string> {
    const organization = await identity.directory.getEntry(actor.organization_id);
    const wanted = named?.toLowerCase() ?? organization.default_workspace_id;
    if (actor.workspaces !== '*') {
      if (wanted && actor.workspaces.includes(wanted)) return wanted;
      if (named !== undefined) throw tenancyProblem('workspace_not_found');
      if (actor.workspaces.length === 1) return actor.workspaces[0]!;
      throw identityProblem('workspace_needed');
    }
    if (!wanted || !/^[0-9a-f-]{36}$/.test(wanted)) throw tenancyProblem('workspace_not_found');
    const { found } = await existing.load(actor.organization_id, wanted, async () => ({
      found: await identity.db.as(systemActor(actor.organization_id), (tx) =>
        hasWorkspace(tx, { organizationId: actor.organization_id, workspaceId: wanted }),
      ),
    }));
    if (!found) throw tenancyProblem('workspace_not_found');
    return wanted;
  }

  return async (actor: Actor, named: string | undefined): Promise<Caller> => {
    const workspaceId = await chooseWorkspace(actor, named);
    const { slug } = await identity.directory.getEntry(actor.organization_id);
    return personIn(actor, workspaceId, slug);
  };
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
