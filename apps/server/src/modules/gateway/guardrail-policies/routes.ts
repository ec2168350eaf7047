// The endpoints of guardrails, each to its verb.
import type { organizationGuardrails, workspaceGuardrails } from '@insula/contract/guardrails';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import type { Guardrails } from './create-guardrails.ts';
import { getGuardrails, replaceGuardrails } from './replace-guardrails.ts';

type GuardrailRoutes = RoutesOf<{
  workspaceGuardrails: typeof workspaceGuardrails;
  organizationGuardrails: typeof organizationGuardrails;
}>;

/** The endpoints of the two homes of guardrails. */
export function guardrailRoutes(deps: GatewayDeps, guardrails: Guardrails): GuardrailRoutes {
  return {
    workspaceGuardrails: {
      get: ({ actor }, { workspace_id }) =>
        getGuardrails(deps, actor, { organizationId: actor.organization_id, workspaceId: workspace_id }),
      replace: ({ actor }, { workspace_id, ...policy }) =>
        replaceGuardrails(deps, actor, {
          home: { organizationId: actor.organization_id, workspaceId: workspace_id },
          policy,
        }),
      test: ({ actor }, { workspace_id, text, phase }) =>
        guardrails.test(actor, { workspaceId: workspace_id, text, phase }),
    },
    organizationGuardrails: {
      get: ({ actor }) =>
        getGuardrails(deps, actor, { organizationId: actor.organization_id, workspaceId: null }),
      replace: ({ actor }, { organization_id: _own, ...policy }) =>
        replaceGuardrails(deps, actor, {
          home: { organizationId: actor.organization_id, workspaceId: null },
          policy,
        }),
    },
  };
}
