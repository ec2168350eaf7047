// Deleting a credential: calls that name its models find none from the next one on.
import { gatewayProblem } from '@insula/contract/gateway';
import type { Actor } from '../../../platform/actor.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { deleteCredential, findCredential, type Home } from './store.ts';

/** Deletes the credential with its sealed key and announces `credential.removed`. */
export async function removeCredential(
  deps: GatewayDeps,
  actor: Actor,
  input: { home: Home; id: string },
): Promise<{ id: string; deleted: true }> {
  return deps.db.as(actor, async (tx) => {
    const row = await findCredential(tx, input.home, input.id);
    if (!row) throw gatewayProblem('credential_not_found');
    await deleteCredential(tx, { organizationId: actor.organization_id, id: input.id });
    await deps.events.announce(tx, actor, {
      type: 'credential.removed',
      subject_type: 'credential',
      subject_id: input.id,
      workspace_id: row.workspace_id,
      details: { name: row.name, provider: row.provider },
    });
    return { id: input.id, deleted: true };
  });
}
