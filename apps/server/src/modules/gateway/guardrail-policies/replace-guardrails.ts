// Setting guardrails: every pattern is compiled and every region looked up before anything is written, so that what is saved
// can be applied.
import { gatewayProblem } from '@insula/contract/gateway';
import { guardrailProblem, type guardrails } from '@insula/contract/guardrails';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { createPatternFinder, isRegion } from '../../../platform/detectors/index.ts';
import { newId } from '../../../platform/ids.ts';
import { requireWholeOrganization } from '../../governance/index.ts';
import { findCredential, type Home } from '../credentials/store.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import type { Policy, Rule } from '../guardrails/compile-policy.ts';
import { findPolicy, type PolicyRow, savePolicy } from './store.ts';

export type Guardrails = z.infer<typeof guardrails>;

/** Replaces the guardrails of a home and announces `guardrails.changed`; the organization's are for those who see all of it. */
export async function replaceGuardrails(
  deps: GatewayDeps,
  actor: Actor,
  { home, policy }: { home: Home; policy: Policy },
): Promise<Guardrails> {
  if (home.workspaceId === null) requireWholeOrganization(actor);
  assertApplicable(policy.rules);
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, home);
    await requireCredentials(tx, home, policy.rules);
    const now = deps.clock.now();
    const row = await savePolicy(tx, {
      organization_id: home.organizationId,
      id: newId(now),
      workspace_id: home.workspaceId,
      policy: JSON.stringify(policy),
      updated_at: new Date(now),
    });
    await deps.events.announce(tx, actor, {
      type: 'guardrails.changed',
      subject_type: 'guardrails',
      subject_id: row.id,
      workspace_id: home.workspaceId,
      details: {
        enabled: policy.enabled,
        on_failure: policy.on_failure,
        rules: policy.rules.map(({ name, type, action, phases }) => ({ name, type, action, phases })),
      },
    });
    return presentPolicy(home, row);
  });
}

/** The guardrails of one home; without rules when none were set. */
export async function getGuardrails(
  deps: Pick<GatewayDeps, 'db' | 'requireWorkspace'>,
  actor: Actor,
  home: Home,
): Promise<Guardrails> {
  if (home.workspaceId === null) requireWholeOrganization(actor);
  const row = await deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, home);
    return findPolicy(tx, home);
  });
  return presentPolicy(home, row);
}

/** Throws `credential_not_found` unless every credential that a rule names is one of this home or of the organization. */
async function requireCredentials(tx: TenantTx, home: Home, rules: readonly Rule[]): Promise<void> {
  for (const rule of rules) {
    if (rule.type !== 'toxicity' || rule.credential_id === null) continue;
    const found =
      (await findCredential(tx, home, rule.credential_id)) ??
      (await findCredential(tx, { ...home, workspaceId: null }, rule.credential_id));
    if (!found) throw gatewayProblem('credential_not_found');
  }
}

function presentPolicy(home: Home, row: PolicyRow | undefined): Guardrails {
  const none: Policy = { enabled: true, on_failure: 'block', rules: [] };
  return {
    workspace_id: home.workspaceId,
    ...((row?.policy as Policy | undefined) ?? none),
    updated_at: row?.updated_at.toISOString() ?? null,
  };
}

function assertApplicable(rules: readonly Rule[]): void {
  const names = new Set<string>();
  for (const rule of rules) {
    if (names.has(rule.name)) throw guardrailProblem('guardrail_rule_repeated', { rule: rule.name });
    names.add(rule.name);
    if (rule.type === 'personal') {
      const region = rule.regions.find((one) => !isRegion(one));
      if (region !== undefined) throw guardrailProblem('guardrail_region_unknown', { region });
    }
    if (rule.type === 'pattern') {
      const finder = createPatternFinder(rule.pattern, { ignoreCase: rule.ignore_case });
      if (typeof finder !== 'function')
        throw guardrailProblem('guardrail_pattern_invalid', { rule: rule.name, reason: finder.error });
    }
  }
}
