// Reading test sets and their queries.
import { retrievalTestProblem, type testQuery, type testSet } from '@insula/contract/retrieval-tests';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import {
  findTestSet,
  listQueries as readQueries,
  listTestSets as readSets,
  type TestQueryRow,
  type TestSetRow,
} from './store.ts';

export type TestSet = z.infer<typeof testSet>;
export type TestQuery = z.infer<typeof testQuery>;
export type OneTestSet = { workspace_id: string; test_set_id: string };
type Page = { limit: number; cursor?: string | undefined };

/** A page of test sets, newest first; throws `workspace_not_found`. */
export async function listTestSets(
  deps: KnowledgeDeps,
  actor: Actor,
  input: Page & { workspace_id: string },
): Promise<{ data: TestSet[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
    await deps.tenancy.requireWorkspace(tx, place);
    const rows = await readSets(tx, place, { limit: input.limit, before });
    return pageOf(rows, input.limit, (row) => presentTestSet(row as TestSetRow));
  });
}

/** One test set; throws `test_set_not_found`. */
export async function getTestSet(deps: KnowledgeDeps, actor: Actor, input: OneTestSet): Promise<TestSet> {
  return deps.db.as(actor, async (tx) => presentTestSet(await requireTestSet(tx, actor, input)));
}

/** A page of the queries of a set, newest first; throws `test_set_not_found`. */
export async function listTestQueries(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneTestSet & Page,
): Promise<{ data: TestQuery[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    const { id, workspace_id: workspaceId } = await requireTestSet(tx, actor, input);
    const at = { organizationId: actor.organization_id, workspaceId, id };
    const rows = await readQueries(tx, at, { limit: input.limit, before });
    return pageOf(rows, input.limit, (row) => presentQuery(row as TestQueryRow));
  });
}

/** The set as it is in the transaction; throws `test_set_not_found`. */
export async function requireTestSet(tx: TenantTx, actor: Actor, input: OneTestSet): Promise<TestSetRow> {
  const found = await findTestSet(tx, {
    organizationId: actor.organization_id,
    workspaceId: input.workspace_id,
    id: input.test_set_id,
  });
  if (!found) throw retrievalTestProblem('test_set_not_found');
  return found;
}

/** Presents a row, with moments as text. */
export function presentTestSet({ organization_id: _, ...row }: TestSetRow): TestSet {
  return { ...row, created_at: row.created_at.toISOString(), updated_at: row.updated_at.toISOString() };
}

const named = { document: 'document_id', external: 'external_id', passage: 'passage_id' } as const;

function presentQuery({ expected, ...row }: TestQueryRow): TestQuery {
  return { ...row, expected: expected.map(({ kind, id, grade }) => ({ [named[kind]]: id, grade })) };
}
