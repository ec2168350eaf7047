// How a workspace wants its graph made: by rules, by a model as documents come, under which cap a month.
import { graphRunProblem } from '@insula/contract/graph-runs';
import type { Actor } from '../../../platform/actor.ts';
import { quoteModel } from '../../gateway/index.ts';
import { READ_GRAPH } from '../graph-reading/register-graph-work.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { findSettings, forgetRead, type SettingsRow, saveSettings } from './store.ts';

export type GraphSettings = {
  reads_locally: boolean;
  model: string | null;
  keep_up_to_date: boolean;
  monthly_cap_micros: number | null;
  monthly_cap_tokens: number | null;
};
type Deps = Pick<KnowledgeDeps, 'db' | 'events' | 'tenancy' | 'queue' | 'gateway'>;

/** The settings of a workspace; throws `workspace_not_found`. */
export async function getSettings(
  deps: Deps,
  actor: Actor,
  { workspace_id: workspaceId }: { workspace_id: string },
): Promise<GraphSettings> {
  const home = { organizationId: actor.organization_id, workspaceId };
  return deps.db.as(actor, async (tx) => {
    await deps.tenancy.requireWorkspace(tx, home);
    return presentSettings(await findSettings(tx, home));
  });
}

/** Replaces the settings and announces `graph_settings.changed`; calls for upkeep are made in the actor's name. Throws `graph_cap_needed`. */
export async function replaceSettings(
  deps: Deps,
  actor: Actor,
  { workspace_id: workspaceId, ...wanted }: GraphSettings & { workspace_id: string },
): Promise<GraphSettings> {
  const home = { organizationId: actor.organization_id, workspaceId };
  await deps.db.as(actor, (tx) => deps.tenancy.requireWorkspace(tx, home));
  if (wanted.keep_up_to_date) await assertBounded(deps, home, wanted);
  return deps.db.as(actor, async (tx) => {
    await deps.tenancy.requireWorkspace(tx, home);
    const before = presentSettings(await findSettings(tx, home));
    const by = { set_by: actor.name, set_by_kind: actor.kind, set_by_id: actor.id };
    await saveSettings(tx, {
      ...wanted,
      ...by,
      organization_id: home.organizationId,
      workspace_id: workspaceId,
    } as SettingsRow);
    if (wanted.reads_locally && !before.reads_locally) await forgetRead(tx, home);
    await deps.events.announce(tx, actor, {
      type: 'graph_settings.changed',
      subject_type: 'workspace',
      subject_id: workspaceId,
      workspace_id: workspaceId,
      details: wanted,
    });
    await deps.queue.tell(tx, home.organizationId, READ_GRAPH);
    return wanted;
  });
}

async function assertBounded(
  deps: Deps,
  home: { organizationId: string; workspaceId: string },
  wanted: GraphSettings,
): Promise<void> {
  if (wanted.model === null)
    throw graphRunProblem('graph_cap_needed', { reason: 'and name the model that is to read.' });
  const quote = await quoteModel(deps.gateway, { ...home, model: wanted.model });
  const isPriced = quote.currency !== null;
  if (isPriced && wanted.monthly_cap_micros === null)
    throw graphRunProblem('graph_cap_needed', {
      reason: 'give monthly_cap_micros, because the price of the model is known.',
    });
  if (!isPriced && wanted.monthly_cap_tokens === null)
    throw graphRunProblem('graph_cap_needed', {
      reason: 'give monthly_cap_tokens, because the price of the model is not known.',
    });
}

function presentSettings(row: SettingsRow | undefined): GraphSettings {
  const amount = (value: string | number | null | undefined) => (value == null ? null : Number(value));
  return {
    reads_locally: row?.reads_locally ?? true,
    model: row?.model ?? null,
    keep_up_to_date: row?.keep_up_to_date ?? false,
    monthly_cap_micros: amount(row?.monthly_cap_micros),
    monthly_cap_tokens: amount(row?.monthly_cap_tokens),
  };
}
