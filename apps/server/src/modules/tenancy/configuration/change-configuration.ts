// The configuration of an organization: read through a cache on every call, changed field by field.
import { type Configuration, tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { TenancyDeps } from '../index.ts';
import { readConfiguration, writeConfiguration } from '../organizations/profile-store.ts';

type Loose<T> = {
  [K in keyof T]?:
    | (T[K] extends unknown[] | null ? T[K] : T[K] extends object ? Loose<T[K]> : T[K])
    | undefined;
};
export type ConfigurationChange = Loose<Configuration>;

/** Changes what is given, inside groups too, and announces `configuration.changed` with the old and new values. */
export async function changeConfiguration(
  deps: TenancyDeps,
  actor: Actor,
  change: ConfigurationChange,
): Promise<Configuration> {
  return deps.db.as(actor, async (tx) => {
    const before = await readConfiguration(tx, actor.organization_id, true);
    if (!before) throw tenancyProblem('organization_not_found');
    const after = merge(before, change) as Configuration;
    await writeConfiguration(tx, actor.organization_id, after);
    const fields = Object.keys(change).filter(
      (key) => change[key as keyof ConfigurationChange] !== undefined,
    );
    const pick = (from: Configuration) =>
      Object.fromEntries(fields.map((key) => [key, from[key as keyof Configuration]]));
    await deps.events.announce(tx, actor, {
      type: 'configuration.changed',
      subject_type: 'organization',
      subject_id: actor.organization_id,
      details: { before: pick(before), after: pick(after) },
    });
    return after;
  });
}

function merge(before: unknown, change: unknown): unknown {
  if (change === undefined) return before;
  if (!isGroup(before) || !isGroup(change)) return change;
  const merged: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(change)) merged[key] = merge(merged[key], value);
  return merged;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
