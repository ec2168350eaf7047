// Endpoint → verb. The downloads are plain routes, registered beside these.
import type { encryptionKeys, events, platformEvents } from '@insula/contract/governance';
import { PLATFORM_ORGANIZATION } from '../../platform/actor.ts';
import type { RoutesOf } from '../../platform/http/mount-contract.ts';
import { requireWholeOrganization } from './audit/require-whole-organization.ts';
import type { Verification } from './audit/verify-trail.ts';
import { listKeys, presentKey } from './encryption/list-keys.ts';
import { rotateKey } from './encryption/rotate-key.ts';
import type { Governance } from './index.ts';

/** The endpoints of trails and keys. */
export function governanceRoutes(governance: Governance): RoutesOf<{
  events: typeof events;
  platformEvents: typeof platformEvents;
  encryptionKeys: typeof encryptionKeys;
}> {
  const { deps, audit, rotation } = governance;
  return {
    events: {
      list: (call, { organization_id: _, ...input }) => audit.list(call.actor, input),
      verify: async (call, { known }) =>
        presentVerification(
          await audit.verify(call.actor, { organizationId: call.actor.organization_id, known }),
        ),
    },
    platformEvents: {
      list: (_call, input) => audit.listOfPlatform(input),
      verify: async (call, { known }) =>
        presentVerification(await audit.verify(call.actor, { organizationId: PLATFORM_ORGANIZATION, known })),
    },
    encryptionKeys: {
      list: (call, { organization_id: _, ...input }) => listKeys(deps, call.actor, input),
      rotate: async (call, { key }) => {
        requireWholeOrganization(call.actor);
        const organizationId = call.actor.organization_id;
        const made = await rotateKey(deps, call.actor, { organizationId, key });
        rotation.settle(organizationId);
        return presentKey(made!);
      },
    },
  };
}

function presentVerification({ checkpoint, ...found }: Verification) {
  const shown = checkpoint && { ...checkpoint, signature: checkpoint.signature.toString('base64url') };
  return { ...found, checkpoint: shown };
}
