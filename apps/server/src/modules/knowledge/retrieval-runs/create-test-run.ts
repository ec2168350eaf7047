// A run is written down with its settings; the queue searches every query of the set and measures.
import { retrievalTestProblem } from '@insula/contract/retrieval-tests';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { listVisibleCollections } from '../collections/list-visible-collections.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type OneTestSet, requireTestSet } from '../retrieval-tests/list-test-sets.ts';
import type { RunSettings } from '../retrieval-tests/tables.ts';
import { chooseCollections } from '../search/choose-collections.ts';
import { type OneTestRun, presentTestRun, requireTestRun, type TestRun } from './list-test-runs.ts';
import { addTestRun, countTestRuns, deleteTestRun } from './store.ts';

/** The kind of work that runs tests. */
export const RUN_RETRIEVAL_TESTS = 'run-retrieval-tests';
const RUNS_MAX = 1_000;

/** Begins a run and announces `test_run.created`; throws `test_set_not_found`, `collection_not_found`, `test_set_empty`. */
export async function createTestRun(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneTestSet & RunSettings & { name: string },
): Promise<TestRun> {
  const { workspace_id, test_set_id, name, ...settings } = input;
  return deps.db.as(actor, async (tx) => {
    const set = await requireTestSet(tx, actor, input);
    chooseCollections(await listVisibleCollections(tx, actor, workspace_id), settings.collection_ids);
    if (set.queries === 0) throw retrievalTestProblem('test_set_empty');
    const place = { organization_id: actor.organization_id, workspace_id, test_set_id };
    const of = { organizationId: actor.organization_id, workspaceId: workspace_id, testSetId: test_set_id };
    if ((await countTestRuns(tx, of)) >= RUNS_MAX)
      throw retrievalTestProblem('too_many_test_runs', { limit: RUNS_MAX });
    const id = newId(deps.clock.now());
    const row = await addTestRun(tx, { ...place, id, name, settings, queries: set.queries });
    await deps.events.announce(tx, actor, {
      type: 'test_run.created',
      subject_type: 'test_run',
      subject_id: id,
      workspace_id,
      details: { name, test_set: set.name, settings },
    });
    await deps.queue.tell(tx, actor.organization_id, RUN_RETRIEVAL_TESTS);
    return presentTestRun(row);
  });
}

/** Deletes a run with its results and announces `test_run.removed`; one under way ends. */
export async function removeTestRun(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneTestRun,
): Promise<{ id: string; deleted: true }> {
  return deps.db.as(actor, async (tx) => {
    const { id, name, workspace_id, test_set_id } = await requireTestRun(tx, actor, input);
    const of = { organizationId: actor.organization_id, workspaceId: workspace_id, testSetId: test_set_id };
    await deleteTestRun(tx, of, id);
    await deps.events.announce(tx, actor, {
      type: 'test_run.removed',
      subject_type: 'test_run',
      subject_id: id,
      workspace_id,
      details: { name },
    });
    return { id, deleted: true };
  });
}
