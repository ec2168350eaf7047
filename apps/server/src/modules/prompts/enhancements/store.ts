// Queries on suggestions.
import type { Kysely, Selectable } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { EnhancementsTable, PromptTables } from '../tables.ts';

export type EnhancementRow = Selectable<EnhancementsTable>;
export type NewEnhancement = Omit<EnhancementRow, 'created_at' | 'cost_micros' | 'accepted_number'> & {
  cost_micros: number | null;
};
type Place = { organizationId: string; workspaceId: string };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'prompt_id',
  'base_number',
  'content',
  'instructions',
  'suggestion',
  'explanation',
  'provider',
  'model',
  'call_id',
  'cost_micros',
  'currency',
  'accepted_number',
  'author_kind',
  'author_id',
  'author_name',
  'created_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<PromptTables>() as unknown as Kysely<PromptTables>;

const within = (tx: TenantTx, at: Place) =>
  on(tx)
    .selectFrom('enhancements')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId);

/** One suggestion, kept from changing until the transaction ends. */
export async function lockEnhancement(tx: TenantTx, at: Place & { id: string }) {
  return within(tx, at).where('id', '=', at.id).forUpdate().executeTakeFirst();
}

/** One suggestion. */
export async function findEnhancement(tx: TenantTx, at: Place & { id: string }) {
  return within(tx, at).where('id', '=', at.id).executeTakeFirst();
}

/** A page of suggestions, newest first; reads one more than `limit`. */
export async function listEnhancements(
  tx: TenantTx,
  page: Place & { promptId: string | undefined; limit: number; before: string | undefined },
): Promise<EnhancementRow[]> {
  let query = within(tx, page);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  if (page.promptId !== undefined) query = query.where('prompt_id', '=', page.promptId);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Adds a suggestion. */
export async function addEnhancement(tx: TenantTx, row: NewEnhancement): Promise<EnhancementRow> {
  return on(tx)
    .insertInto('enhancements')
    .values({
      ...row,
      content: JSON.stringify(row.content),
      suggestion: JSON.stringify(row.suggestion),
      accepted_number: null,
    })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

/** Notes the version that a suggestion became. */
export async function acceptRow(tx: TenantTx, at: Place & { id: string; number: number }): Promise<void> {
  await on(tx)
    .updateTable('enhancements')
    .set({ accepted_number: at.number })
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.id)
    .execute();
}
