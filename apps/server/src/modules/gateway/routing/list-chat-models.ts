// The models that a person may name in a workspace, for modules that offer a choice of them.
import { problem } from '@insula/contract';
import { type Actor, actorMay } from '../../../platform/actor.ts';
import type { Gateway } from '../index.ts';
import { listModels } from './find-targets.ts';

/** The models by name with their providers, and the organization's default; needs `models:read` in the workspace. */
export async function listChatModels(
  gateway: Gateway,
  actor: Actor,
  workspaceId: string,
): Promise<{ data: { id: string; provider: string }[]; default_model: string | null }> {
  if (!actorMay(actor, 'models:read', workspaceId)) throw problem('forbidden', { permission: 'models:read' });
  const { routes, configuration } = await gateway.loadGrounds(actor.organization_id, workspaceId);
  const { allowed_models: allowed, default_model } = configuration;
  const data = listModels(routes)
    .filter(({ id }) => !allowed || allowed.includes(id))
    .map(({ id, owned_by }) => ({ id, provider: owned_by }));
  return { data, default_model };
}
