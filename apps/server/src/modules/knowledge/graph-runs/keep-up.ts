// Keeping a graph up to date: what is new is put on the list of the month's own run, under the month's cap.
import { systemActor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { type Quote, quoteModel } from '../../gateway/index.ts';
import { listVisibleCollections } from '../collections/list-visible-collections.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { estimateOf } from './estimate-run.ts';
import {
  addRun,
  enlistPassages,
  findUpkeepRun,
  listUpkeep,
  measurePassages,
  type SettingsRow,
  updateRun,
} from './store.ts';

type Deps = Pick<KnowledgeDeps, 'db' | 'events' | 'gateway' | 'clock' | 'log'>;

/** Lists what no model has read yet, in every workspace that wants it so. */
export async function keepUp(deps: Deps, organizationId: string): Promise<void> {
  const actor = systemActor(organizationId);
  const wanted = await deps.db.as(actor, (tx) => listUpkeep(tx, organizationId));
  for (const settings of wanted) {
    const at = { organizationId, workspaceId: settings.workspace_id, model: settings.model! };
    try {
      const quote = await quoteModel(deps.gateway, at);
      await deps.db.as(actor, (tx) => listNew(deps, tx, { settings, quote }));
    } catch (error) {
      deps.log.warn(
        { workspace_id: at.workspaceId, error: (error as Error).message },
        'a graph was not kept up to date',
      );
    }
  }
}

async function listNew(
  deps: Deps,
  tx: TenantTx,
  { settings, quote }: { settings: SettingsRow; quote: Quote },
): Promise<void> {
  const { organization_id: organizationId, workspace_id: workspaceId } = settings;
  const home = { organizationId, workspaceId };
  const actor = systemActor(organizationId);
  const visible = await listVisibleCollections(tx, actor, workspaceId);
  const collectionIds = visible.filter((one) => one.workspace_id === workspaceId).map((one) => one.id);
  const reach = { ...home, collectionIds, model: settings.model! };
  const measured = await measurePassages(tx, reach);
  if (measured.passages === 0) return;
  const found = await findUpkeepRun(tx, home, monthOf(deps.clock.now()));
  // A person who stopped it meant it, until they resume it or the next month begins.
  if (found?.status === 'stopped') return;
  const caps = { cap_micros: settings.monthly_cap_micros, cap_tokens: settings.monthly_cap_tokens };
  const by = {
    started_by: settings.set_by,
    started_by_kind: settings.set_by_kind,
    started_by_id: settings.set_by_id,
  };
  const run =
    found ??
    (await addRun(tx, {
      ...{ organization_id: organizationId, id: newId(), workspace_id: workspaceId },
      ...{
        collection_ids: collectionIds,
        model: reach.model,
        origin: 'upkeep',
        status: 'running',
        currency: quote.currency,
      },
      ...{ ...caps, ...by, started_at: new Date() },
      estimate: estimateOf(measured, quote),
    }));
  const at = { organizationId, id: run.id };
  const listed = await enlistPassages(tx, at, reach);
  if (listed === 0) return;
  const change = { passage_count: run.passage_count + listed, collection_ids: collectionIds, ...caps, ...by };
  await updateRun(tx, at, { ...change, status: 'running', reason: null, ended_at: null });
  if (found) return;
  await deps.events.announce(tx, actor, {
    type: 'graph_run.started',
    subject_type: 'graph_run',
    subject_id: run.id,
    workspace_id: workspaceId,
    details: { model: run.model, origin: 'upkeep', passages: listed },
  });
}

function monthOf(nowMs: number): Date {
  const now = new Date(nowMs);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
}
