// Queries on what people and keys use in a workspace where no model is named.
import type { Kysely } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { PromptTables } from '../tables.ts';
import type { Settings } from '../templates/template.ts';

export type OwnSettings = { chat: Settings | null; enhancement: Settings | null; updated_at: Date };
type At = { organizationId: string; workspaceId: string; actorId: string };

const on = (tx: TenantTx) => tx.$extendTables<PromptTables>() as unknown as Kysely<PromptTables>;

/** What an actor uses; undefined where nothing was set. */
export async function findOwnSettings(tx: TenantTx, at: At): Promise<OwnSettings | undefined> {
  const row = await on(tx)
    .selectFrom('ai_settings')
    .select(['settings', 'updated_at'])
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('actor_id', '=', at.actorId)
    .executeTakeFirst();
  if (!row) return undefined;
  const { chat = null, enhancement = null } = row.settings as Partial<OwnSettings>;
  return { chat, enhancement, updated_at: row.updated_at };
}

/** Sets what an actor uses. */
export async function putOwnSettings(
  tx: TenantTx,
  at: At,
  settings: Omit<OwnSettings, 'updated_at'>,
): Promise<void> {
  const changed = { settings: JSON.stringify(settings), updated_at: new Date() };
  await on(tx)
    .insertInto('ai_settings')
    .values({
      organization_id: at.organizationId,
      workspace_id: at.workspaceId,
      actor_id: at.actorId,
      ...changed,
    })
    .onConflict((c) => c.columns(['organization_id', 'workspace_id', 'actor_id']).doUpdateSet(changed))
    .execute();
}
