// Changing the configuration of an organization, field by field, in either spelling.
import {
  type Configuration,
  type ConfigurationChange,
  defaultConfiguration,
  tenancyProblem,
} from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { readConfiguration, writeConfiguration } from '../organizations/store.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { applyChange, translateConfiguration } from './translate-configuration.ts';

/** Changes what is given, inside groups too, and announces `configuration.changed` with the old and new values. */
export async function changeConfiguration(
  deps: Pick<TenancyDeps, 'db' | 'events'>,
  actor: Actor,
  input: ConfigurationChange,
): Promise<Configuration> {
  const change = translateConfiguration(input);
  return deps.db.as(actor, async (tx) => {
    const kept = await readConfiguration(tx, actor.organization_id, true);
    if (!kept) throw tenancyProblem('organization_not_found');
    const before = { ...defaultConfiguration, ...kept };
    const after = applyChange(before, change);
    await writeConfiguration(tx, actor.organization_id, after);
    const fields = Object.keys(change) as (keyof Configuration)[];
    const pick = (from: Configuration) => Object.fromEntries(fields.map((key) => [key, from[key]]));
    await deps.events.announce(tx, actor, {
      type: 'configuration.changed',
      subject_type: 'organization',
      subject_id: actor.organization_id,
      details: { before: pick(before), after: pick(after) },
    });
    return after;
  });
}
