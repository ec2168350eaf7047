// Queries on comparisons, their answers and votes, and on shared playgrounds.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { AnswerFacts } from '../calls/ask-model.ts';
import type {
  ComparisonAnswersTable,
  ComparisonsTable,
  PlaygroundSharesTable,
  PromptTables,
} from '../tables.ts';

type Place = { organizationId: string; workspaceId: string };
export type At = Place & { id: string };
export type ComparisonRow = Selectable<ComparisonsTable>;
export type AnswerRow = Selectable<ComparisonAnswersTable> & { votes: number };
export type NewAnswer = Pick<
  Selectable<ComparisonAnswersTable>,
  'position' | 'prompt_id' | 'prompt_number' | 'settings' | 'call_id'
>;
export type ShareRow = Selectable<PlaygroundSharesTable>;

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'title',
  'content',
  'values',
  'author_kind',
  'author_id',
  'author_name',
  'created_at',
] as const;
const shareColumns = [
  'organization_id',
  'id',
  'workspace_id',
  'title',
  'state',
  'author_kind',
  'author_id',
  'author_name',
  'created_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<PromptTables>() as unknown as Kysely<PromptTables>;

const within = (tx: TenantTx, at: Place) =>
  on(tx)
    .selectFrom('comparisons')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId);

/** One comparison. */
export async function findComparison(tx: TenantTx, at: At): Promise<ComparisonRow | undefined> {
  return within(tx, at).where('id', '=', at.id).executeTakeFirst();
}

/** A page of comparisons, newest first; reads one more than `limit`. */
export async function listComparisons(
  tx: TenantTx,
  page: Place & { limit: number; before: string | undefined },
): Promise<ComparisonRow[]> {
  let query = within(tx, page);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** The answers of some comparisons with the number of their votes, in their order. */
export async function listAnswers(tx: TenantTx, at: Place & { ids: string[] }): Promise<AnswerRow[]> {
  if (at.ids.length === 0) return [];
  return on(tx)
    .selectFrom('comparison_answers as a')
    .selectAll('a')
    .select(
      sql<number>`(select count(*)::int from comparison_votes v where v.organization_id = a.organization_id
        and v.comparison_id = a.comparison_id and v.position = a.position)`.as('votes'),
    )
    .where('a.organization_id', '=', at.organizationId)
    .where('a.workspace_id', '=', at.workspaceId)
    .where('a.comparison_id', 'in', at.ids)
    .orderBy('a.comparison_id')
    .orderBy('a.position')
    .execute();
}

/** The positions that somebody voted for, by comparison. */
export async function listOwnVotes(
  tx: TenantTx,
  at: Place & { ids: string[]; voterId: string },
): Promise<Map<string, number>> {
  if (at.ids.length === 0) return new Map();
  const rows = await on(tx)
    .selectFrom('comparison_votes')
    .select(['comparison_id', 'position'])
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('comparison_id', 'in', at.ids)
    .where('voter_id', '=', at.voterId)
    .execute();
  return new Map(rows.map((row) => [row.comparison_id, row.position]));
}

/** Adds a comparison and its answers, all still running. */
export async function addComparison(
  tx: TenantTx,
  row: Omit<ComparisonRow, 'created_at'>,
  answers: NewAnswer[],
): Promise<void> {
  const { organization_id, workspace_id, id: comparison_id, content, values } = row;
  await on(tx)
    .insertInto('comparisons')
    .values({
      ...row,
      content: content === null ? null : JSON.stringify(content),
      values: JSON.stringify(values),
    })
    .execute();
  const given = answers.map((answer) => ({
    ...{ organization_id, workspace_id, comparison_id, ...answer, state: 'running' as const },
    settings: JSON.stringify(answer.settings),
  }));
  await on(tx).insertInto('comparison_answers').values(given).execute();
}

/** Writes down what came of a candidate. */
export async function recordAnswer(
  tx: TenantTx,
  at: At & { position: number },
  facts: AnswerFacts,
): Promise<void> {
  await on(tx)
    .updateTable('comparison_answers')
    .set(facts)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('comparison_id', '=', at.id)
    .where('position', '=', at.position)
    .execute();
}

/** Casts a vote, or moves it. */
export async function putVote(
  tx: TenantTx,
  at: At,
  vote: { voterId: string; position: number; note: string },
): Promise<void> {
  const changed = { position: vote.position, note: vote.note, voted_at: new Date() };
  await on(tx)
    .insertInto('comparison_votes')
    .values({
      organization_id: at.organizationId,
      workspace_id: at.workspaceId,
      comparison_id: at.id,
      voter_id: vote.voterId,
      ...changed,
    })
    .onConflict((c) => c.columns(['organization_id', 'comparison_id', 'voter_id']).doUpdateSet(changed))
    .execute();
}

/** Deletes a comparison; its title, undefined when there was none. */
export async function deleteComparison(tx: TenantTx, at: At): Promise<string | undefined> {
  const row = await on(tx)
    .deleteFrom('comparisons')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.id)
    .returning('title')
    .executeTakeFirst();
  return row?.title;
}

/** Adds a shared playground. */
export async function addShare(tx: TenantTx, row: Omit<ShareRow, 'created_at'>): Promise<ShareRow> {
  return on(tx)
    .insertInto('playground_shares')
    .values({ ...row, state: JSON.stringify(row.state) })
    .returning(shareColumns)
    .executeTakeFirstOrThrow();
}

/** One shared playground. */
export async function findShare(tx: TenantTx, at: At): Promise<ShareRow | undefined> {
  return on(tx)
    .selectFrom('playground_shares')
    .select(shareColumns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.id)
    .executeTakeFirst();
}

/** Deletes a shared playground; its title, undefined when there was none. */
export async function deleteShare(tx: TenantTx, at: At): Promise<string | undefined> {
  const row = await on(tx)
    .deleteFrom('playground_shares')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.id)
    .returning('title')
    .executeTakeFirst();
  return row?.title;
}
