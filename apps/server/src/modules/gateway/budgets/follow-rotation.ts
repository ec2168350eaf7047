// A key that is replaced takes its budgets along: both keys spend from the same amount, also while both work.
import type { GatewayDeps } from '../gateway-deps.ts';
import { addSuccessor } from './store.ts';

/** Lets budgets of a key follow its rotation, in the transaction of the rotation. */
export function followRotation({ events }: Pick<GatewayDeps, 'events'>): void {
  events.on('api_key.rotated', async (tx, actor, { subject_id, details }) => {
    const successorId = String(details?.replaced_by);
    await addSuccessor(tx, { organizationId: actor.organization_id, keyId: subject_id, successorId });
  });
}
