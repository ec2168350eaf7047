// The endpoints of the gateway's own API, each to its verb; model calls have routes of their own (surfaces/).
import type { credentials, organizationCredentials, providers, usage } from '@insula/contract/gateway';
import type { platformPrices, prices } from '@insula/contract/prices';
import type { usageReviews } from '@insula/contract/usage-reviews';
import type { Call, RoutesOf } from '../../platform/http/mount-contract.ts';
import { type CredentialChange, changeCredential } from './credentials/change-credential.ts';
import { createCredential, type NewCredential } from './credentials/create-credential.ts';
import { getCredential, listCredentials } from './credentials/list-credentials.ts';
import { removeCredential } from './credentials/remove-credential.ts';
import type { Home } from './credentials/store.ts';
import { testCredential } from './credentials/test-credential.ts';
import type { Gateway, GatewayDeps } from './index.ts';
import { listOwnPrices, listPublishedPrices } from './prices/list-published-prices.ts';
import { publishVersion } from './prices/publish-version.ts';
import { providerList } from './providers/provider-list.ts';
import { listUsageReRatings } from './ratings/list-usage-re-ratings.ts';
import { reRateUsage } from './ratings/re-rate-usage.ts';
import { listUsage, sumUsage } from './reports/list-usage.ts';
import { reconcileUsage } from './reports/reconcile-usage.ts';

type GatewayRoutes = RoutesOf<{
  credentials: typeof credentials;
  organizationCredentials: typeof organizationCredentials;
  providers: typeof providers;
  usage: typeof usage & typeof usageReviews;
  prices: typeof prices;
  platformPrices: typeof platformPrices;
}>;

/** The endpoints of credentials, providers and usage. */
export function gatewayRoutes({ deps, prices }: Gateway): GatewayRoutes {
  return {
    credentials: credentialRoutes(deps, (call, input) => ({
      organizationId: call.actor.organization_id,
      workspaceId: input.workspace_id!,
    })),
    organizationCredentials: credentialRoutes(deps, (call) => ({
      organizationId: call.actor.organization_id,
      workspaceId: null,
    })),
    providers: {
      list: async () => ({
        data: providerList.map(({ id, name, baseUrl, needsKey, local }) => ({
          id,
          name,
          base_url: baseUrl ?? null,
          needs_key: needsKey,
          local,
        })),
      }),
    },
    usage: {
      list: (call, input) => listUsage(deps, call.actor, input),
      sum: (call, input) => sumUsage(deps, call.actor, input),
      reRate: (call, { organization_id: organizationId, ...input }) =>
        reRateUsage({ ...deps, prices }, call.actor, { ...input, organizationId }),
      listReRatings: (call, { organization_id: _, ...input }) => listUsageReRatings(deps, call.actor, input),
      reconcile: (call, { organization_id: _, ...input }) => reconcileUsage(deps, call.actor, input),
    },
    prices: {
      list: (call, { organization_id: _, ...input }) => listOwnPrices(deps, call.actor, input),
    },
    platformPrices: {
      list: (_call, input) => listPublishedPrices(deps, input),
      publish: (call, input) => publishVersion(deps, call.actor, { ...input, organizationId: null }),
      override: (call, { organization_id: organizationId, ...input }) =>
        publishVersion(deps, call.actor, { ...input, organizationId }),
    },
  };
}

type HomeOf = (call: Call, input: { workspace_id?: string }) => Home;

function credentialRoutes(deps: GatewayDeps, homeOf: HomeOf) {
  type Owned = { workspace_id?: string };
  type One = Owned & { credential_id: string };
  return {
    list: (call: Call, input: Owned & { limit: number; cursor?: string | undefined }) =>
      listCredentials(deps, call.actor, { ...input, home: homeOf(call, input) }),
    create: (call: Call, input: Owned & NewCredential) =>
      createCredential(deps, call.actor, { ...input, home: homeOf(call, input) }),
    get: (call: Call, input: One) =>
      getCredential(deps, call.actor, { id: input.credential_id, home: homeOf(call, input) }),
    change: (call: Call, input: One & CredentialChange) =>
      changeCredential(deps, call.actor, { ...input, id: input.credential_id, home: homeOf(call, input) }),
    remove: (call: Call, input: One) =>
      removeCredential(deps, call.actor, { id: input.credential_id, home: homeOf(call, input) }),
    test: (call: Call, input: One) =>
      testCredential(deps, call.actor, { id: input.credential_id, home: homeOf(call, input) }),
  };
}
