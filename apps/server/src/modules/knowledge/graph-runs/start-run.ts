// Starting, stopping, resuming and retrying runs: each under a cap that somebody named.
import { graphRunProblem } from '@insula/contract/graph-runs';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { READ_GRAPH } from '../graph-reading/register-graph-work.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type GraphRun, presentRun } from './present-run.ts';
import { enlistPassages, findRun, type RunRow, retryFailed, updateRun } from './store.ts';

type Deps = Pick<KnowledgeDeps, 'db' | 'events' | 'queue'>;
type One = { workspace_id: string; graph_run_id: string };
type Cap = { cost_cap_micros?: number | null | undefined; token_cap?: number | null | undefined };

const ESTIMATE_HOLDS_MS = 86_400_000;

/** Starts the run of an estimate, in the actor's name; throws `graph_estimate_used`, `graph_cap_needed`, `graph_nothing_to_read`. */
export async function startRun(
  deps: Deps,
  actor: Actor,
  { workspace_id, estimate_id, ...cap }: { workspace_id: string; estimate_id: string } & Cap,
): Promise<GraphRun> {
  const one = { workspace_id, graph_run_id: estimate_id };
  return changeRun(deps, actor, one, async (tx, run) => {
    const isOld = run.created_at.getTime() < Date.now() - ESTIMATE_HOLDS_MS;
    if (run.status !== 'estimated' || isOld) throw graphRunProblem('graph_estimate_used');
    assertCap(run, cap);
    const at = { organizationId: run.organization_id, id: run.id };
    const { workspace_id: workspaceId, collection_ids: collectionIds, model } = run;
    const listed = await enlistPassages(tx, at, { ...at, workspaceId, collectionIds, model });
    if (listed === 0)
      throw graphRunProblem('graph_nothing_to_read', {
        reason: `every passage was read by ${model} already, or is being read by another run.`,
      });
    const by = { started_by: actor.name, started_by_kind: actor.kind, started_by_id: actor.id };
    const change = { status: 'running' as const, passage_count: listed, started_at: new Date(), ...by };
    return { type: 'started', row: await updateRun(tx, at, { ...change, ...capOf(cap) }) };
  });
}

/** Stops a run: calls under way are recorded, no other is made. Throws `graph_run_not_running`. */
export async function stopRun(deps: Deps, actor: Actor, one: One): Promise<GraphRun> {
  return changeRun(deps, actor, one, async (tx, run) => {
    if (run.status !== 'running') throw graphRunProblem('graph_run_not_running', { status: run.status });
    const change = { status: 'stopped' as const, reason: `Stopped by ${actor.name}.`, ended_at: new Date() };
    return { type: 'stopped', row: await updateRun(tx, placeOf(run), change) };
  });
}

/** Goes on with a stopped run in the actor's name, under another cap if one is given. Throws `graph_run_not_stopped`. */
export async function resumeRun(
  deps: Deps,
  actor: Actor,
  { cost_cap_micros, token_cap, ...one }: One & Cap,
): Promise<GraphRun> {
  return changeRun(deps, actor, one, async (tx, run) => {
    if (run.status !== 'stopped') throw graphRunProblem('graph_run_not_stopped', { status: run.status });
    const cap = {
      cost_cap_micros: cost_cap_micros ?? (run.cap_micros === null ? null : Number(run.cap_micros)),
      token_cap: token_cap ?? (run.cap_tokens === null ? null : Number(run.cap_tokens)),
    };
    assertCap(run, cap);
    return { type: 'resumed', row: await goOn(tx, actor, { run, change: capOf(cap) }) };
  });
}

/** Puts the failed passages of a run back on its list and goes on. Throws `graph_nothing_failed`. */
export async function retryRun(deps: Deps, actor: Actor, one: One): Promise<GraphRun> {
  return changeRun(deps, actor, one, async (tx, run) => {
    const count = run.status === 'estimated' ? 0 : await retryFailed(tx, placeOf(run));
    if (count === 0) throw graphRunProblem('graph_nothing_failed');
    const change = { failed_count: Math.max(0, run.failed_count - count) };
    return { type: 'retried', row: await goOn(tx, actor, { run, change }) };
  });
}

const placeOf = (run: RunRow) => ({ organizationId: run.organization_id, id: run.id });
const capOf = (cap: Cap) => ({ cap_micros: cap.cost_cap_micros ?? null, cap_tokens: cap.token_cap ?? null });

function goOn(
  tx: TenantTx,
  actor: Actor,
  { run, change }: { run: RunRow; change: Parameters<typeof updateRun>[2] },
): Promise<RunRow> {
  const by = { started_by: actor.name, started_by_kind: actor.kind, started_by_id: actor.id };
  return updateRun(tx, placeOf(run), { status: 'running', reason: null, ended_at: null, ...by, ...change });
}

/** Every run has a cap that holds: money where the price is known, tokens where it is not. */
function assertCap(run: RunRow, cap: Cap): void {
  if (run.currency !== null && cap.cost_cap_micros == null)
    throw graphRunProblem('graph_cap_needed', {
      reason: 'give cost_cap_micros, because the price of the model is known.',
    });
  if (run.currency === null && cap.token_cap == null)
    throw graphRunProblem('graph_cap_needed', {
      reason: 'give token_cap, because the price of the model is not known.',
    });
}

type Changed = { type: 'started' | 'stopped' | 'resumed' | 'retried'; row: RunRow };

async function changeRun(
  deps: Deps,
  actor: Actor,
  ...[one, change]: [One, (tx: TenantTx, run: RunRow) => Promise<Changed>]
): Promise<GraphRun> {
  const home = { organizationId: actor.organization_id, workspaceId: one.workspace_id };
  return deps.db.as(actor, async (tx) => {
    const run = await findRun(tx, home, { id: one.graph_run_id, hold: true });
    if (!run) throw graphRunProblem('graph_run_not_found');
    const { type, row } = await change(tx, run);
    await deps.events.announce(tx, actor, {
      type: `graph_run.${type}`,
      subject_type: 'graph_run',
      subject_id: row.id,
      workspace_id: row.workspace_id,
      details: { model: row.model, passages: row.passage_count, ...capOf(presentRun(row)) },
    });
    if (type !== 'stopped') await deps.queue.tell(tx, home.organizationId, READ_GRAPH);
    return presentRun(row);
  });
}
