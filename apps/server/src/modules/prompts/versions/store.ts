// Queries on versions and labels. A version is added and never changed.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { At, Place } from '../library/store.ts';
import type { PromptTables, PromptVersionsTable } from '../tables.ts';

export type VersionRow = Selectable<PromptVersionsTable> & { labels: string[] };
export type NewVersion = Omit<Selectable<PromptVersionsTable>, 'created_at'>;

const columns = [
  'organization_id',
  'prompt_id',
  'number',
  'workspace_id',
  'content',
  'variables',
  'settings',
  'note',
  'author_kind',
  'author_id',
  'author_name',
  'created_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<PromptTables>() as unknown as Kysely<PromptTables>;

const labels = sql<string[]>`array(select l.label from prompt_labels l
  where l.organization_id = prompt_versions.organization_id and l.prompt_id = prompt_versions.prompt_id
    and l.number = prompt_versions.number order by l.label)`.as('labels');

const of = (tx: TenantTx, at: At) =>
  on(tx)
    .selectFrom('prompt_versions')
    .select([...columns, labels])
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('prompt_id', '=', at.promptId);

/** One version of a prompt. */
export async function findVersion(tx: TenantTx, at: At, number: number): Promise<VersionRow | undefined> {
  return of(tx, at).where('number', '=', number).executeTakeFirst();
}

/** Versions of a prompt, newest first, below `before`; reads one more than `limit`. */
export async function listVersions(
  tx: TenantTx,
  at: At,
  page: { limit: number; before: number | undefined },
): Promise<VersionRow[]> {
  let query = of(tx, at);
  if (page.before !== undefined) query = query.where('number', '<', page.before);
  return query
    .orderBy('number', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** All versions of several prompts, by prompt and number; at most 20,000. */
export async function listAllVersions(
  tx: TenantTx,
  at: Place & { promptIds: string[] },
): Promise<VersionRow[]> {
  if (at.promptIds.length === 0) return [];
  return on(tx)
    .selectFrom('prompt_versions')
    .select([...columns, labels])
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('prompt_id', 'in', at.promptIds)
    .orderBy('prompt_id')
    .orderBy('number')
    .limit(20_000)
    .execute();
}

/** Adds a version. */
export async function addVersion(tx: TenantTx, row: NewVersion): Promise<void> {
  const { content, variables, settings } = row;
  await on(tx)
    .insertInto('prompt_versions')
    .values({
      ...row,
      content: JSON.stringify(content),
      variables: JSON.stringify(variables),
      settings: JSON.stringify(settings),
    })
    .execute();
}

/** The version that a label stands on. */
export async function findLabel(tx: TenantTx, at: At, label: string): Promise<number | undefined> {
  const row = await on(tx)
    .selectFrom('prompt_labels')
    .select('number')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('prompt_id', '=', at.promptId)
    .where('label', '=', label)
    .executeTakeFirst();
  return row?.number;
}

/** Puts a label on a version, and takes it off any other. */
export async function putLabel(
  tx: TenantTx,
  at: At,
  label: { label: string; number: number; movedBy: string },
): Promise<void> {
  const moved = { number: label.number, moved_by: label.movedBy.slice(0, 300), moved_at: new Date() };
  await on(tx)
    .insertInto('prompt_labels')
    .values({
      organization_id: at.organizationId,
      workspace_id: at.workspaceId,
      prompt_id: at.promptId,
      label: label.label,
      ...moved,
    })
    .onConflict((c) => c.columns(['organization_id', 'prompt_id', 'label']).doUpdateSet(moved))
    .execute();
}

/** How many labels a prompt has. */
export async function countLabels(tx: TenantTx, at: At): Promise<number> {
  const row = await on(tx)
    .selectFrom('prompt_labels')
    .select(sql<number>`count(*)::int`.as('n'))
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('prompt_id', '=', at.promptId)
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Takes a label off; the version it stood on, undefined when it stood on none. */
export async function deleteLabel(tx: TenantTx, at: At, label: string): Promise<number | undefined> {
  const row = await on(tx)
    .deleteFrom('prompt_labels')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('prompt_id', '=', at.promptId)
    .where('label', '=', label)
    .returning('number')
    .executeTakeFirst();
  return row?.number;
}
