// Two runs side by side: which queries won, which lost, and whether the difference is more than chance.
import { retrievalTestProblem } from '@insula/contract/retrieval-tests';
import type { Actor } from '../../../platform/actor.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { findPValue, type Measures, meanOf } from '../retrieval-tests/measure-ranking.ts';
import { type OneTestRun, presentTestRun, requireTestRun, type TestRun } from './list-test-runs.ts';
import { listPairs, type PairRow } from './store.ts';

const SHOWN_MAX = 100;
/** Smaller differences of nDCG are none. */
const NOTHING = 1e-9;

export type TestComparison = {
  run: TestRun;
  other: TestRun;
  queries: number;
  won: number;
  lost: number;
  equal: number;
  difference: Measures;
  p_value: number;
  data: { key: string; query: string; ndcg_10: number; other_ndcg_10: number; difference: number }[];
};

/** Compares the other run with the first; throws `test_run_not_found`, `test_run_under_way`. */
export async function compareTestRuns(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneTestRun & { other_test_run_id: string },
): Promise<TestComparison> {
  const { run, other, pairs } = await deps.db.as(actor, async (tx) => {
    const run = await requireTestRun(tx, actor, input);
    const other = await requireTestRun(tx, actor, { ...input, test_run_id: input.other_test_run_id });
    if (run.status !== 'done' || other.status !== 'done') throw retrievalTestProblem('test_run_under_way');
    const pairs = await listPairs(tx, actor.organization_id, { id: run.id, otherId: other.id });
    return { run, other, pairs };
  });
  const differences = pairs.map((one) => one.other.ndcg_10 - one.one.ndcg_10);
  return {
    run: presentTestRun(run),
    other: presentTestRun(other),
    queries: pairs.length,
    won: differences.filter((one) => one > NOTHING).length,
    lost: differences.filter((one) => one < -NOTHING).length,
    equal: differences.filter((one) => Math.abs(one) <= NOTHING).length,
    difference: subtract(meanOf(pairs.map(({ other }) => other)), meanOf(pairs.map(({ one }) => one))),
    p_value: findPValue(differences.filter((one) => Math.abs(one) > NOTHING)),
    data: pairs
      .map(present)
      .filter(({ difference }) => Math.abs(difference) > NOTHING)
      .toSorted((a, b) => Math.abs(b.difference) - Math.abs(a.difference))
      .slice(0, SHOWN_MAX),
  };
}

const subtract = (one: Measures, other: Measures): Measures => ({
  ndcg_10: one.ndcg_10 - other.ndcg_10,
  recall: one.recall - other.recall,
  reciprocal_rank: one.reciprocal_rank - other.reciprocal_rank,
});

function present({ key, query, one, other }: PairRow) {
  return {
    key,
    query,
    ndcg_10: one.ndcg_10,
    other_ndcg_10: other.ndcg_10,
    difference: other.ndcg_10 - one.ndcg_10,
  };
}
