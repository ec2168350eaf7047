// Reading runs: how far they have come, what they cost, and which passages failed for which reason.
import { graphRunProblem } from '@insula/contract/graph-runs';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { listVisibleCollections } from '../collections/list-visible-collections.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type GraphRun, presentRun } from './present-run.ts';
import { findRun, listFailed, type RunRow, listRuns as readRuns } from './store.ts';

type Deps = Pick<KnowledgeDeps, 'db' | 'tenancy'>;
type Page = { limit: number; cursor?: string | undefined };
type One = { workspace_id: string; graph_run_id: string };

/** A page of runs and estimates, newest first; throws `workspace_not_found`. */
export async function listRuns(
  deps: Deps,
  actor: Actor,
  { workspace_id: workspaceId, limit, cursor }: Page & { workspace_id: string },
): Promise<{ data: GraphRun[]; next_cursor: string | null }> {
  const before = idOfCursor(cursor);
  const home = { organizationId: actor.organization_id, workspaceId };
  return deps.db.as(actor, async (tx) => {
    await deps.tenancy.requireWorkspace(tx, home);
    return pageOf(await readRuns(tx, home, { limit, before }), limit, (row) => presentRun(row as RunRow));
  });
}

/** One run; throws `graph_run_not_found`. */
export async function getRun(deps: Deps, actor: Actor, one: One): Promise<GraphRun> {
  const home = { organizationId: actor.organization_id, workspaceId: one.workspace_id };
  return deps.db.as(actor, async (tx) => {
    const row = await findRun(tx, home, { id: one.graph_run_id });
    if (!row) throw graphRunProblem('graph_run_not_found');
    return presentRun(row);
  });
}

type Failed = {
  chunk_id: string;
  document_id: string;
  title: string;
  attempts: number;
  error_code: string;
  error_detail: string;
};

/** A page of failed passages in collections that the actor sees; throws `graph_run_not_found`. */
export async function listFailures(
  deps: Deps,
  actor: Actor,
  { limit, cursor, ...one }: One & Page,
): Promise<{ data: Failed[]; next_cursor: string | null }> {
  const before = idOfCursor(cursor);
  const home = { organizationId: actor.organization_id, workspaceId: one.workspace_id };
  return deps.db.as(actor, async (tx) => {
    const run = await findRun(tx, home, { id: one.graph_run_id });
    if (!run) throw graphRunProblem('graph_run_not_found');
    const visible = await listVisibleCollections(tx, actor, one.workspace_id);
    const page = { limit, before, collectionIds: visible.map(({ id }) => id) };
    const rows = await listFailed(tx, { organizationId: home.organizationId, id: run.id }, page);
    return pageOf(rows, limit, ({ id, ...row }) => ({
      ...(row as (typeof rows)[number]),
      chunk_id: id,
      error_code: (row as (typeof rows)[number]).error_code ?? '',
      error_detail: (row as (typeof rows)[number]).error_detail ?? '',
    }));
  });
}
