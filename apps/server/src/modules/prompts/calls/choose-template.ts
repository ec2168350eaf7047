// What is asked: words given with the request, or a version of a prompt; and how the model is called, the nearest wish first.
import { problem } from '@insula/contract';
import { type Actor, actorMay } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { templateOf } from '../library/present-prompt.ts';
import { requirePrompt, requireVersion, type Which } from '../library/require-version.ts';
import { findOwnSettings } from '../own-settings/store.ts';
import type { Settings, Template } from '../templates/template.ts';

export type Chosen = {
  template: Template;
  settings: Settings;
  /** The version it is from; null for words given with the request. */
  version: { promptId: string; number: number } | null;
};
type Place = { organizationId: string; workspaceId: string };

/** A version of a prompt as a template. The asker must be able to read prompts; throws `forbidden`, `prompt_not_found` … */
export async function chooseVersion(
  tx: TenantTx,
  actor: Actor,
  at: Place & Which & { promptId: string },
): Promise<Chosen> {
  if (!actorMay(actor, 'prompts:read', at.workspaceId))
    throw problem('forbidden', { permission: 'prompts:read' });
  const version = await requireVersion(tx, await requirePrompt(tx, at), at);
  return {
    template: templateOf(version),
    settings: version.settings as Settings,
    version: { promptId: at.promptId, number: version.number },
  };
}

const NONE: Settings = { provider: null, model: null, parameters: {} };

/** How the model is called: what is wished now over what the version says, over what the asker uses otherwise. */
export async function chooseSettings(
  tx: TenantTx,
  at: Place & { actorId: string | null; use: 'chat' | 'enhancement' },
  wishes: (Settings | undefined)[],
): Promise<Settings> {
  const own = at.actorId === null ? undefined : await findOwnSettings(tx, { ...at, actorId: at.actorId });
  const ordered = [...wishes, own?.[at.use] ?? undefined].filter((one) => one !== undefined);
  const named = ordered.find((one) => one.model !== null) ?? NONE;
  const parameters = Object.assign({}, ...ordered.map((one) => one.parameters).reverse());
  return { provider: named.provider, model: named.model, parameters };
}
