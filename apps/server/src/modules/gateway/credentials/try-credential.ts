// Before a credential is written: its provider is known, its address is one this server may call, its key works.
import { Problem } from '@insula/contract';
import { gatewayProblem } from '@insula/contract/gateway';
import type { GatewayDeps } from '../gateway-deps.ts';
import type { Connection } from '../providers/connect-provider.ts';
import { readModels } from '../providers/read-models.ts';

export type Trial = { models: string[] | null; at: Date | null };

/** Guards the address and, if asked to, reads the provider's models with the key; throws `credential_refused`. */
export async function tryCredential(
  deps: GatewayDeps,
  connection: Connection,
  test: boolean,
): Promise<Trial> {
  const provider = connection.provider.name;
  await deps.egress.checkUrl(connection.baseUrl).catch((error: unknown) => {
    // An address that leads nowhere is the person's to mend, not a fault of ours.
    if (!(error instanceof Problem) || error.status < 500) throw error;
    throw gatewayProblem('credential_refused', { provider, reason: error.message });
  });
  if (!test) return { models: null, at: null };
  const answer = await readModels(deps.egress, connection);
  if (!answer.ok) throw gatewayProblem('credential_refused', { provider, reason: answer.reason });
  return { models: answer.models, at: new Date(deps.clock.now()) };
}
