// Reading credentials of a workspace or of the organization.
import { gatewayProblem } from '@insula/contract/gateway';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { type Credential, presentCredential } from './present-credential.ts';
import { findCredential, type Home, listCredentials as readCredentials } from './store.ts';

/** A page of credentials, newest first. */
export async function listCredentials(
  deps: GatewayDeps,
  actor: Actor,
  input: { home: Home; limit: number; cursor?: string | undefined },
): Promise<{ data: Credential[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, input.home);
    return pageOf(
      await readCredentials(tx, input.home, { limit: input.limit, before }),
      input.limit,
      presentCredential,
    );
  });
}

/** One credential; throws `credential_not_found`. */
export async function getCredential(
  deps: GatewayDeps,
  actor: Actor,
  input: { home: Home; id: string },
): Promise<Credential> {
  const row = await deps.db.as(actor, (tx) => findCredential(tx, input.home, input.id));
  if (!row) throw gatewayProblem('credential_not_found');
  return presentCredential(row);
}
