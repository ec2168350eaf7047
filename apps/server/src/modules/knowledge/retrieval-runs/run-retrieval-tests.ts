// Searches the queries of a run, some seconds at a time, as somebody who sees what everyone of the workspace sees: what a run
// shows is nothing that only some may know. A run carries on after its last written query, whatever ended the one before.
import { Problem } from '@insula/contract';
import { type Actor, systemActor } from '../../../platform/actor.ts';
import type { SliceOutcome } from '../../../platform/queue/index.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { measureRanking } from '../retrieval-tests/measure-ranking.ts';
import { listQueries, type TestQueryRow } from '../retrieval-tests/store.ts';
import type { FoundThing } from '../retrieval-tests/tables.ts';
import { searchKnowledge } from '../search/search-knowledge.ts';
import { addResults, findRunUnderWay, sumResults, type TestRunRow, updateTestRun } from './store.ts';

const AT_ONCE = 20;
const SLICE_MS = 3_000;
const FOUND_SHOWN = 10;

/** One slice of the oldest run of the organization. */
export async function runRetrievalTests(
  deps: KnowledgeDeps,
  { organizationId, signal }: { organizationId: string; signal: AbortSignal },
): Promise<SliceOutcome> {
  const server = systemActor(organizationId);
  const run = await deps.db.as(server, (tx) => findRunUnderWay(tx, organizationId));
  if (!run) return 'done';
  const at = { organizationId, id: run.id };
  const until = performance.now() + SLICE_MS;
  try {
    for (let after = run.after ?? undefined; ; ) {
      const queries = await readQueries(deps, run, after);
      if (queries.length === 0) {
        await finish(deps, at);
        return 'more';
      }
      const results: Result[] = [];
      for (const one of queries) {
        signal.throwIfAborted();
        results.push(await measure(deps, run, one));
      }
      await deps.db.as(server, async (tx) => {
        await addResults(tx, run, results);
        const { done } = await sumResults(tx, at);
        await updateTestRun(tx, at, { status: 'running', queries_done: done });
      });
      after = queries.at(-1)!.id;
      if (performance.now() > until) return 'more';
    }
  } catch (error) {
    // What a person can mend ends the run with its words; anything else is tried again by the queue.
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    const end = { status: 'failed', error: error.message, ended_at: new Date(deps.clock.now()) } as const;
    await deps.db.as(server, (tx) => updateTestRun(tx, at, end));
    return 'more';
  }
}

const readQueries = (deps: KnowledgeDeps, run: TestRunRow, after: string | undefined) =>
  deps.db.as(systemActor(run.organization_id), async (tx) => {
    const at = { organizationId: run.organization_id, workspaceId: run.workspace_id, id: run.test_set_id };
    const page = { limit: AT_ONCE - 1, after: after ?? '00000000-0000-0000-0000-000000000000' };
    return listQueries(tx, at, page);
  });

async function finish(deps: KnowledgeDeps, at: { organizationId: string; id: string }): Promise<void> {
  await deps.db.as(systemActor(at.organizationId), async (tx) => {
    const { done, ...measures } = await sumResults(tx, at);
    const end = { status: 'done', ended_at: new Date(deps.clock.now()), queries_done: done } as const;
    await updateTestRun(tx, at, { ...end, ...measures });
  });
}

type Result = Parameters<typeof addResults>[2][number];

/** Somebody of the workspace who is in no group and administers nothing. */
const anybody = (run: TestRunRow): Actor => ({
  ...systemActor(run.organization_id, 'retrieval test'),
  kind: 'anonymous',
  workspaces: [run.workspace_id],
});

async function measure(deps: KnowledgeDeps, run: TestRunRow, query: TestQueryRow): Promise<Result> {
  const ofPassages = query.expected[0]?.kind === 'passage';
  const started = performance.now();
  const { data } = await searchKnowledge(deps, anybody(run), {
    ...run.settings,
    workspace_id: run.workspace_id,
    query: query.query,
    highlight: false,
    ...(ofPassages ? {} : { group_by: 'document' }),
  });
  const latency = performance.now() - started;
  const grades = new Map(query.expected.map(({ kind, id, grade }) => [`${kind} ${id}`, grade]));
  const found = data.map((hit): FoundThing & { name: string } => {
    const names = ofPassages
      ? [`passage ${hit.id}`]
      : [`document ${hit.document.id}`, `external ${hit.document.external_id}`];
    const name = names.find((one) => grades.has(one)) ?? names[0]!;
    const id = ofPassages ? hit.id : (hit.document.external_id ?? hit.document.id);
    return { id, title: hit.document.title, grade: grades.get(name) ?? null, name };
  });
  const ranked = found.map(({ name }) => name);
  return {
    ...{ id: query.id, key: query.key, query: query.query },
    ...measureRanking(ranked, grades),
    found: found.slice(0, FOUND_SHOWN).map(({ id, title, grade }) => ({ id, title, grade })),
    expected_count: [...grades.values()].filter((grade) => grade > 0).length,
    latency_ms: latency,
  };
}
