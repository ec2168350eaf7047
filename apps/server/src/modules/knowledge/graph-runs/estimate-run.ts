// What reading documents with a model would take, before anything is spent: an estimate is a run that nobody has started.
import { graphRunProblem } from '@insula/contract/graph-runs';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { type Quote, quoteModel } from '../../gateway/index.ts';
import { listVisibleCollections } from '../collections/list-visible-collections.ts';
import type { RunEstimate } from '../graph/tables.ts';
import { PROMPT_TOKENS } from '../graph-asking/ask-passage.ts';
import { AT_ONCE } from '../graph-asking/work-on-runs.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type GraphRun, presentRun } from './present-run.ts';
import { addRun, measurePassages } from './store.ts';

type Deps = Pick<KnowledgeDeps, 'db' | 'events' | 'tenancy' | 'gateway'>;
type Wish = { workspace_id: string; model: string; collection_ids?: string[] | undefined };

/** Tokens of a usual answer, by those of its passage; and the time that a usual call takes. */
const ANSWER_SHARE = 1.2;
const ANSWER_LEAST = 120;
const CALL_SECONDS = 4;

/** Estimates and announces `graph_run.estimated`; throws what the model's name throws, and `graph_nothing_to_read`. */
export async function estimateRun(deps: Deps, actor: Actor, wish: Wish): Promise<GraphRun> {
  const home = { organizationId: actor.organization_id, workspaceId: wish.workspace_id };
  await deps.db.as(actor, (tx) => deps.tenancy.requireWorkspace(tx, home));
  const quote = await quoteModel(deps.gateway, { ...home, model: wish.model });
  return deps.db.as(actor, async (tx) => {
    await deps.tenancy.requireWorkspace(tx, home);
    const collection_ids = await collectionsOf(tx, actor, wish);
    const measured = await measurePassages(tx, { ...home, collectionIds: collection_ids, model: wish.model });
    const row = await addRun(tx, {
      organization_id: home.organizationId,
      id: newId(),
      workspace_id: home.workspaceId,
      ...{
        collection_ids,
        model: wish.model,
        origin: 'person',
        status: 'estimated',
        currency: quote.currency,
      },
      estimate: estimateOf(measured, quote),
    });
    await deps.events.announce(tx, actor, {
      type: 'graph_run.estimated',
      subject_type: 'graph_run',
      subject_id: row.id,
      workspace_id: home.workspaceId,
      details: { model: row.model, ...row.estimate },
    });
    return presentRun(row);
  });
}

/** The workspace's own collections that the actor sees; what other workspaces share is theirs to have read. */
async function collectionsOf(tx: TenantTx, actor: Actor, wish: Wish): Promise<string[]> {
  const visible = await listVisibleCollections(tx, actor, wish.workspace_id);
  const own = visible.filter((one) => one.workspace_id === wish.workspace_id).map((one) => one.id);
  const chosen = own.filter((one) => wish.collection_ids?.includes(one) ?? true);
  if (chosen.length === 0)
    throw graphRunProblem('graph_nothing_to_read', {
      reason: 'none of these collections is of this workspace.',
    });
  return chosen;
}

/** The estimate for passages of so many tokens in all. */
export function estimateOf(
  measured: { passages: number; tokens: number; already_read: number },
  quote: Quote,
): RunEstimate {
  const { passages, tokens, already_read } = measured;
  const input_tokens = passages * PROMPT_TOKENS + Math.round(tokens * 1.1);
  const output_tokens = passages * ANSWER_LEAST + Math.round(tokens * ANSWER_SHARE);
  return {
    ...{ passages, already_read, input_tokens, output_tokens },
    cost_micros: quote.costOf(input_tokens, output_tokens),
    currency: quote.currency,
    seconds: Math.ceil((passages * CALL_SECONDS) / AT_ONCE),
  };
}
