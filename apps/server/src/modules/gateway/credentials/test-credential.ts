// Trying a saved credential: what came out is kept beside it, with the models the provider offers now.
import { gatewayProblem } from '@insula/contract/gateway';
import type { Actor } from '../../../platform/actor.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { getProvider } from '../providers/connect-provider.ts';
import { readModels } from '../providers/read-models.ts';
import { openCredential } from './open-credential.ts';
import { findCredential, type Home, updateCredential } from './store.ts';

/** Tries the credential and announces `credential.tested`. */
export async function testCredential(
  deps: GatewayDeps,
  actor: Actor,
  input: { home: Home; id: string },
): Promise<{ ok: boolean; models: string[]; error: string | null }> {
  const row = await deps.db.as(actor, (tx) => findCredential(tx, input.home, input.id));
  if (!row) throw gatewayProblem('credential_not_found');
  const connection = await openCredential(deps, row, getProvider(row.provider));
  const answer = await readModels(deps.egress, connection);
  const error = answer.ok ? null : answer.reason.slice(0, 500);
  await deps.db.as(actor, async (tx) => {
    const found = {
      tested_at: new Date(deps.clock.now()),
      test_error: error,
      ...(answer.ok && answer.models ? { models: answer.models } : {}),
    };
    if (!(await updateCredential(tx, { organizationId: actor.organization_id, id: row.id }, found)))
      throw gatewayProblem('credential_not_found');
    await deps.events.announce(tx, actor, {
      type: 'credential.tested',
      subject_type: 'credential',
      subject_id: row.id,
      workspace_id: row.workspace_id,
      details: { ok: answer.ok, error },
    });
  });
  return { ok: answer.ok, models: (answer.ok && answer.models) || [], error };
}
