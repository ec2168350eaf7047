// Queries on prompts. Every one names organization and workspace, and the door holds it to the first.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { PromptsTable, PromptTables } from '../tables.ts';

export type PromptRow = Omit<Selectable<PromptsTable>, 'found_by'> & { labels: Record<string, number> };
export type NewPrompt = Omit<Selectable<PromptsTable>, 'created_at' | 'updated_at' | 'removed_at'>;
export type Place = { organizationId: string; workspaceId: string };
export type At = Place & { promptId: string };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'name',
  'title',
  'description',
  'category',
  'tags',
  'is_enhancement_prompt',
  'author_kind',
  'author_id',
  'author_name',
  'latest_number',
  'removed_at',
  'created_at',
  'updated_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<PromptTables>() as unknown as Kysely<PromptTables>;

const labels = sql<
  Record<string, number>
>`(select coalesce(jsonb_object_agg(l.label, l.number), '{}') from prompt_labels l
  where l.organization_id = prompts.organization_id and l.prompt_id = prompts.id)`.as('labels');

const within = (tx: TenantTx, at: Place) =>
  on(tx)
    .selectFrom('prompts')
    .select([...columns, labels])
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId);

/** One prompt of the workspace that is not deleted. */
export async function findPrompt(tx: TenantTx, at: At): Promise<PromptRow | undefined> {
  return within(tx, at).where('id', '=', at.promptId).where('removed_at', 'is', null).executeTakeFirst();
}

/** One prompt that is not deleted, kept from changing until the transaction ends. */
export async function lockPrompt(tx: TenantTx, at: At): Promise<PromptRow | undefined> {
  return within(tx, at)
    .where('id', '=', at.promptId)
    .where('removed_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
}

/** One prompt by its name. */
export async function findPromptNamed(
  tx: TenantTx,
  at: Place & { name: string },
): Promise<PromptRow | undefined> {
  return within(tx, at).where('name', '=', at.name).where('removed_at', 'is', null).executeTakeFirst();
}

/** One prompt that was deleted and can be restored. */
export async function findRemovedPrompt(tx: TenantTx, at: At): Promise<PromptRow | undefined> {
  return within(tx, at).where('id', '=', at.promptId).where('removed_at', 'is not', null).executeTakeFirst();
}

export type PromptFilter = {
  search?: string | undefined;
  category?: string | undefined;
  tag?: string | undefined;
  label?: string | undefined;
  authorId?: string | undefined;
  isEnhancement?: boolean | undefined;
  isRemoved?: boolean | undefined;
};

/** A page of prompts, newest first; reads one more than `limit`. */
export async function listPrompts(
  tx: TenantTx,
  page: Place & PromptFilter & { limit: number; before: string | undefined },
): Promise<PromptRow[]> {
  let query = within(tx, page).where('removed_at', page.isRemoved ? 'is not' : 'is', null);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  for (const word of (page.search ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, 20))
    query = query.where('found_by', 'like', `%${word.replace(/[\\%_]/g, '\\$&')}%`);
  if (page.category !== undefined) query = query.where('category', '=', page.category);
  if (page.tag !== undefined) query = query.where(sql<boolean>`${page.tag} = any (tags)`);
  if (page.authorId !== undefined) query = query.where('author_id', '=', page.authorId);
  if (page.isEnhancement !== undefined) query = query.where('is_enhancement_prompt', '=', page.isEnhancement);
  if (page.label !== undefined)
    query =
      query.where(sql<boolean>`exists (select from prompt_labels l where l.organization_id = prompts.organization_id
      and l.prompt_id = prompts.id and l.label = ${page.label})`);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** How many prompts a workspace has, deleted ones included; holds others who would add one back until the transaction ends. */
export async function countPrompts(tx: TenantTx, at: Place): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`prompts ${at.workspaceId}`}, 0))`.execute(tx);
  const row = await on(tx)
    .selectFrom('prompts')
    .select(sql<number>`count(*)::int`.as('n'))
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Adds a prompt; false when its name is taken. */
export async function addPrompt(tx: TenantTx, row: NewPrompt): Promise<boolean> {
  const added = await on(tx)
    .insertInto('prompts')
    .values(row)
    .onConflict((c) => c.doNothing())
    .returning('id')
    .executeTakeFirst();
  return added !== undefined;
}

export type PromptChange = Partial<
  Pick<
    NewPrompt,
    | 'name'
    | 'title'
    | 'description'
    | 'category'
    | 'tags'
    | 'is_enhancement_prompt'
    | 'latest_number'
    | 'found_by'
  >
> & { removed_at?: Date | null };

/** Changes what is given. The name must be free: ask `findPromptNamed` first. */
export async function updatePrompt(tx: TenantTx, at: At, change: PromptChange): Promise<void> {
  await on(tx)
    .updateTable('prompts')
    .set({ ...change, updated_at: new Date() })
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.promptId)
    .execute();
}

/** Deletes for good, with their versions, what was deleted before a moment; answers how many. */
export async function forgetPrompts(
  tx: TenantTx,
  at: { organizationId: string; before: Date },
): Promise<number> {
  const gone = await on(tx)
    .deleteFrom('prompts')
    .where('organization_id', '=', at.organizationId)
    .where('removed_at', '<', at.before)
    .executeTakeFirst();
  return Number(gone.numDeletedRows);
}
