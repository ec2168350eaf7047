// Making test sets, filling them, and taking queries or whole sets away.
import { retrievalTestProblem } from '@insula/contract/retrieval-tests';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type OneTestSet, presentTestSet, requireTestSet, type TestSet } from './list-test-sets.ts';
import { addTestSet, countTestSets, deleteQuery, deleteTestSet, putQueries, touchTestSet } from './store.ts';
import type { Expectation } from './tables.ts';

const SETS_MAX = 200;
const QUERIES_MAX = 20_000;

/** Makes an empty test set and announces `test_set.created`; throws `test_set_name_taken`, `workspace_not_found`. */
export async function createTestSet(
  deps: KnowledgeDeps,
  actor: Actor,
  input: { workspace_id: string; name: string; description: string },
): Promise<TestSet> {
  const { workspace_id, name, description } = input;
  const organization_id = actor.organization_id;
  const id = newId(deps.clock.now());
  return deps.db.as(actor, async (tx) => {
    const place = { organizationId: organization_id, workspaceId: workspace_id };
    await deps.tenancy.requireWorkspace(tx, place);
    if ((await countTestSets(tx, place)) >= SETS_MAX)
      throw retrievalTestProblem('too_many_test_sets', { limit: SETS_MAX });
    if (!(await addTestSet(tx, { organization_id, id, workspace_id, name, description })))
      throw retrievalTestProblem('test_set_name_taken', { name });
    await announce(deps, tx, { actor, workspace_id, id, type: 'created', details: { name } });
    return presentTestSet(await requireTestSet(tx, actor, { workspace_id, test_set_id: id }));
  });
}

/** Adds queries, in place of those with the same keys, and announces `test_set.changed`; throws `too_many_test_queries`. */
export async function changeTestSet(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneTestSet & { queries: GivenQuery[] },
): Promise<TestSet> {
  const queries = input.queries.map(({ key, query, expected }) => ({
    ...{ id: newId(deps.clock.now()), key, query },
    expected: expected.map(readExpectation),
  }));
  const last = new Map(queries.map((one) => [one.key, one]));
  return deps.db.as(actor, async (tx) => {
    const { id, name, workspace_id: workspaceId } = await requireTestSet(tx, actor, input);
    const at = { organizationId: actor.organization_id, workspaceId, id };
    await touchTestSet(tx, at, new Date(deps.clock.now()));
    await putQueries(tx, at, [...last.values()]);
    const after = await requireTestSet(tx, actor, input);
    if (after.queries > QUERIES_MAX)
      throw retrievalTestProblem('too_many_test_queries', { limit: QUERIES_MAX });
    const details = { name, queries: last.size };
    await announce(deps, tx, { actor, workspace_id: workspaceId, id, type: 'changed', details });
    return presentTestSet(after);
  });
}

/** Deletes a set with its queries and runs and announces `test_set.removed`. */
export async function removeTestSet(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneTestSet,
): Promise<{ id: string; deleted: true }> {
  return deps.db.as(actor, async (tx) => {
    const { id, name, workspace_id, queries } = await requireTestSet(tx, actor, input);
    await deleteTestSet(tx, { organizationId: actor.organization_id, workspaceId: workspace_id, id });
    await announce(deps, tx, { actor, workspace_id, id, type: 'removed', details: { name, queries } });
    return { id, deleted: true };
  });
}

/** Deletes a query and announces `test_set.changed`; throws `test_query_not_found`. */
export async function removeTestQuery(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneTestSet & { test_query_id: string },
): Promise<{ id: string; deleted: true }> {
  return deps.db.as(actor, async (tx) => {
    const { id, name, workspace_id } = await requireTestSet(tx, actor, input);
    const at = { organizationId: actor.organization_id, workspaceId: workspace_id, id };
    const key = await deleteQuery(tx, { ...at, queryId: input.test_query_id });
    if (key === undefined) throw retrievalTestProblem('test_query_not_found');
    await announce(deps, tx, { actor, workspace_id, id, type: 'changed', details: { name, removed: key } });
    return { id: input.test_query_id, deleted: true };
  });
}

type GivenExpectation = {
  document_id?: string | undefined;
  external_id?: string | undefined;
  passage_id?: string | undefined;
  grade: number;
};
export type GivenQuery = { key: string; query: string; expected: GivenExpectation[] };

function readExpectation(given: GivenExpectation): Expectation {
  const { document_id, external_id, passage_id, grade } = given;
  if (document_id !== undefined) return { kind: 'document', id: document_id, grade };
  if (passage_id !== undefined) return { kind: 'passage', id: passage_id, grade };
  return { kind: 'external', id: external_id!, grade };
}

type News = {
  actor: Actor;
  workspace_id: string;
  id: string;
  type: 'created' | 'changed' | 'removed';
  details: Record<string, unknown>;
};

const announce = (deps: KnowledgeDeps, tx: TenantTx, { actor, workspace_id, id, type, details }: News) =>
  deps.events.announce(tx, actor, {
    type: `test_set.${type}`,
    subject_type: 'test_set',
    subject_id: id,
    workspace_id,
    details,
  });
