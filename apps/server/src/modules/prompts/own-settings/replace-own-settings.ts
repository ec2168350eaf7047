// A person's own AI settings of a workspace: which model answers, and which improves prompts, where a request names none.
import type { Actor } from '../../../platform/actor.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import type { Settings } from '../templates/template.ts';
import { findOwnSettings, putOwnSettings } from './store.ts';

type Given = { workspace_id: string; chat: Settings | null; enhancement: Settings | null };
type Shown = Given & { updated_at: string | null };

/** The settings of whoever asks. */
export async function getOwnSettings(
  deps: PromptsDeps,
  actor: Actor,
  { workspace_id: workspaceId }: { workspace_id: string },
): Promise<Shown> {
  const at = { organizationId: actor.organization_id, workspaceId, actorId: actor.id! };
  const row = await deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, at);
    return findOwnSettings(tx, at);
  });
  const { chat = null, enhancement = null } = row ?? {};
  return { workspace_id: workspaceId, chat, enhancement, updated_at: row?.updated_at.toISOString() ?? null };
}

/** Sets them and announces `ai_settings.changed`. */
export async function replaceOwnSettings(deps: PromptsDeps, actor: Actor, given: Given): Promise<Shown> {
  const { workspace_id: workspaceId, chat, enhancement } = given;
  const at = { organizationId: actor.organization_id, workspaceId, actorId: actor.id! };
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, at);
    await putOwnSettings(tx, at, { chat, enhancement });
    await deps.events.announce(tx, actor, {
      type: 'ai_settings.changed',
      subject_type: 'ai_settings',
      subject_id: at.actorId,
      workspace_id: workspaceId,
      details: { chat: chat?.model ?? null, enhancement: enhancement?.model ?? null },
    });
    const row = await findOwnSettings(tx, at);
    return { ...given, updated_at: row!.updated_at.toISOString() };
  });
}
