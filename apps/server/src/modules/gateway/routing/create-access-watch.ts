// Calls under way whose credential may lose its right: when something of the organization changes, each open call's
// credential is looked at again, and the call ends when it no longer holds.
import type { Principal } from '../admission/require-right.ts';
import type { GatewayDeps } from '../gateway-deps.ts';

/** Who the credential stands for now; undefined or a refusal when it holds no more. */
export type Recheck = () => Principal | undefined | Promise<Principal | undefined>;
type Open = { principal: Principal; recheck: Recheck; controller: AbortController };
export type Watch = { signal: AbortSignal; end(): void };

const LOOK_AGAIN_MS = 200;

/** Watches the calls of this server. */
export function createAccessWatch(deps: Pick<GatewayDeps, 'db'>) {
  const open = new Map<string, Set<Open>>();
  const due = new Map<string, NodeJS.Timeout>();

  async function lookAgain(organizationId: string): Promise<void> {
    due.delete(organizationId);
    for (const call of open.get(organizationId) ?? []) {
      const still = await Promise.resolve()
        .then(() => call.recheck())
        .catch((error: { status?: number }) =>
          error.status && error.status < 500 ? undefined : call.principal,
        );
      if (!still?.permissions.has('ai:query')) call.controller.abort();
    }
  }

  deps.db.invalidation.onChange((organizationId) => {
    if (!open.has(organizationId) || due.has(organizationId)) return;
    due.set(organizationId, setTimeout(() => void lookAgain(organizationId), LOOK_AGAIN_MS).unref());
  });

  /** Begins to watch a call; `end` must be called when it is over. */
  return function watch(principal: Principal, recheck: Recheck): Watch {
    const call: Open = { principal, recheck, controller: new AbortController() };
    const calls = open.get(principal.organization_id) ?? new Set();
    open.set(principal.organization_id, calls.add(call));
    return {
      signal: call.controller.signal,
      end() {
        calls.delete(call);
        if (calls.size === 0) open.delete(principal.organization_id);
      },
    };
  };
}
