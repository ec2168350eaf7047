// Reading runs and their results.
import { retrievalTestProblem, type testResult, type testRun } from '@insula/contract/retrieval-tests';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type OneTestSet, requireTestSet } from '../retrieval-tests/list-test-sets.ts';
import {
  findTestRun,
  listResults,
  listTestRuns as readRuns,
  type TestResultRow,
  type TestRunRow,
} from './store.ts';

export type TestRun = z.infer<typeof testRun>;
export type TestResult = z.infer<typeof testResult>;
export type OneTestRun = OneTestSet & { test_run_id: string };
type Page = { limit: number; cursor?: string | undefined };

/** A page of the runs of a set, newest first; throws `test_set_not_found`. */
export async function listTestRuns(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneTestSet & Page,
): Promise<{ data: TestRun[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    const { id: testSetId, workspace_id: workspaceId } = await requireTestSet(tx, actor, input);
    const of = { organizationId: actor.organization_id, workspaceId, testSetId };
    const rows = await readRuns(tx, of, { limit: input.limit, before });
    return pageOf(rows, input.limit, (row) => presentTestRun(row as TestRunRow));
  });
}

/** One run; throws `test_run_not_found`. */
export async function getTestRun(deps: KnowledgeDeps, actor: Actor, input: OneTestRun): Promise<TestRun> {
  return deps.db.as(actor, async (tx) => presentTestRun(await requireTestRun(tx, actor, input)));
}

/** A page of the results of a run; throws `test_run_not_found`. */
export async function listTestResults(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneTestRun & Page,
): Promise<{ data: TestResult[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    const { id } = await requireTestRun(tx, actor, input);
    const run = { organizationId: actor.organization_id, id };
    const rows = await listResults(tx, run, { limit: input.limit, before });
    return pageOf(rows, input.limit, (row) => presentResult(row as TestResultRow));
  });
}

/** The run as it is in the transaction; throws `test_run_not_found`. */
export async function requireTestRun(tx: TenantTx, actor: Actor, input: OneTestRun): Promise<TestRunRow> {
  const of = {
    organizationId: actor.organization_id,
    workspaceId: input.workspace_id,
    testSetId: input.test_set_id,
  };
  const found = await findTestRun(tx, of, input.test_run_id);
  if (!found) throw retrievalTestProblem('test_run_not_found');
  return found;
}

/** Presents a row, with moments as text. */
export function presentTestRun({
  organization_id: _,
  workspace_id: _workspace,
  ...row
}: TestRunRow): TestRun {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}

function presentResult(row: TestResultRow): TestResult {
  const { id, key, query, ndcg_10, recall, reciprocal_rank, found, expected_count, latency_ms } = row;
  return { id, key, query, ndcg_10, recall, reciprocal_rank, found, expected_count, latency_ms };
}
