// Publishes prices: all of a list or nothing of it, as a version that never changes, with its record in the platform's trail.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { type NewPrice, type Plan, type PlannedChange, planPublication } from './plan-publication.ts';
import { presentAmounts } from './present-price.ts';
import { addVersion, listHeld, lockPublication } from './store.ts';

export type VersionInput = {
  /** Null: for everybody. */
  organizationId: string | null;
  prices: NewPrice[];
  note?: string | undefined;
  dry_run: boolean;
};

const SHOWN_MAX = 100;
const KINDS = ['new', 'changed', 'withdrawn'] as const;

/** Publishes what a list changes, or only says it; rows that hold already make no version. */
export async function publishVersion(
  deps: Pick<GatewayDeps, 'db' | 'events' | 'clock' | 'tenancy'>,
  actor: Actor,
  input: VersionInput,
) {
  const { organizationId } = input;
  if (organizationId !== null) await requireOrganization(deps, organizationId);
  const now = deps.clock.now();
  const { plan, version } = await deps.db.asPlatform(null, async (tx) => {
    await lockPublication(tx);
    const models = {
      provider: input.prices.map((price) => price.provider),
      model: input.prices.map((price) => price.model),
    };
    const made = planPublication(await listHeld(tx, organizationId, models), input.prices, now);
    if (input.dry_run || made.changes.length === 0) return { plan: made, version: null };
    const number = await addVersion(tx, {
      organization_id: organizationId,
      note: input.note ?? null,
      published_by: actor.name,
      rows: JSON.stringify(made.changes.map(({ after }) => after)),
      row_count: made.changes.length,
    });
    await deps.events.announceOnPlatform(tx, actor, {
      type: 'prices.published',
      subject_type: 'price_version',
      subject_id: String(number),
      details: { organization_id: organizationId, ...countOf(made), note: input.note ?? null },
      ...(organizationId === null ? {} : { about: organizationId }),
    });
    return { plan: made, version: number };
  });
  return {
    version,
    organization_id: organizationId,
    dry_run: input.dry_run,
    ...countOf(plan),
    changes: plan.changes.slice(0, SHOWN_MAX).map(presentChange),
  };
}

async function requireOrganization(
  { tenancy }: Pick<GatewayDeps, 'tenancy'>,
  organizationId: string,
): Promise<void> {
  const { status } = await tenancy.directory.getEntry(organizationId);
  if (status === 'provisioning' || status === 'deleting') throw tenancyProblem('organization_not_found');
}

function countOf({ changes, unchanged }: Plan) {
  const [made, changed, withdrawn] = KINDS.map(
    (kind) => changes.filter(({ change }) => change === kind).length,
  );
  return { new: made!, changed: changed!, withdrawn: withdrawn!, unchanged };
}

function presentChange({ change, before, after }: PlannedChange) {
  const { provider, model, currency } = after;
  return {
    change,
    provider,
    model,
    currency,
    valid_from: new Date(after.valid_from).toISOString(),
    before: before ? presentAmounts(before) : null,
    after: presentAmounts(after),
  };
}
