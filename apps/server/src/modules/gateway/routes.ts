// The endpoints of the gateway's own API, each to its verb; model calls have routes of their own (surfaces/).
import type { answerCache } from '@insula/contract/answer-cache';
import type { budgets } from '@insula/contract/budgets';
import type { credentials, organizationCredentials, providers, usage } from '@insula/contract/gateway';
import type { organizationGuardrails, workspaceGuardrails } from '@insula/contract/guardrails';
import type { modelRoutes, organizationModelRoutes } from '@insula/contract/model-routes';
import type { platformPrices, prices } from '@insula/contract/prices';
import type { requests } from '@insula/contract/requests';
import type { usageReviews } from '@insula/contract/usage-reviews';
import type { Call, RoutesOf } from '../../platform/http/mount-contract.ts';
import { changeBudget, removeBudget } from './budgets/change-budget.ts';
import { createBudget } from './budgets/create-budget.ts';
import { getBudget, listBudgets } from './budgets/list-budgets.ts';
import { cacheRoutes } from './cache/routes.ts';
import { type CredentialChange, changeCredential } from './credentials/change-credential.ts';
import { createCredential, type NewCredential } from './credentials/create-credential.ts';
import { getCredential, listCredentials } from './credentials/list-credentials.ts';
import { removeCredential } from './credentials/remove-credential.ts';
import type { Home } from './credentials/store.ts';
import { testCredential } from './credentials/test-credential.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import { guardrailRoutes } from './guardrail-policies/routes.ts';
import type { Gateway } from './index.ts';
import { changeModelRoute, type RouteChange } from './model-routes/change-model-route.ts';
import { createModelRoute, type NewRoute } from './model-routes/create-model-route.ts';
import { compareVariants, getModelRoute, listModelRoutes } from './model-routes/list-model-routes.ts';
import { removeModelRoute } from './model-routes/remove-model-route.ts';
import { listOwnPrices, listPublishedPrices } from './prices/list-published-prices.ts';
import { publishVersion } from './prices/publish-version.ts';
import { describeFields } from './providers/describe-fields.ts';
import { type Provider, providerList } from './providers/provider-list.ts';
import { listUsageReRatings } from './ratings/list-usage-re-ratings.ts';
import { reRateUsage } from './ratings/re-rate-usage.ts';
import { listUsage, sumUsage } from './reports/list-usage.ts';
import { reconcileUsage } from './reports/reconcile-usage.ts';
import { getRequest, listRequests, tailRequests } from './requests/list-requests.ts';

type GatewayRoutes = RoutesOf<{
  credentials: typeof credentials;
  organizationCredentials: typeof organizationCredentials;
  providers: typeof providers;
  usage: typeof usage & typeof usageReviews;
  prices: typeof prices;
  platformPrices: typeof platformPrices;
  requests: typeof requests;
  modelRoutes: typeof modelRoutes;
  organizationModelRoutes: typeof organizationModelRoutes;
  budgets: typeof budgets;
  workspaceGuardrails: typeof workspaceGuardrails;
  organizationGuardrails: typeof organizationGuardrails;
  answerCache: typeof answerCache;
}>;

/** The endpoints of the gateway's own API. */
export function gatewayRoutes({ deps, guardrails, prices, answerCache: cache }: Gateway): GatewayRoutes {
  return {
    ...guardrailRoutes(deps, guardrails),
    ...cacheRoutes(deps, cache),
    credentials: credentialRoutes(deps, workspaceOf),
    organizationCredentials: credentialRoutes(deps, organizationOf),
    modelRoutes: modelRouteRoutes(deps, workspaceOf),
    organizationModelRoutes: modelRouteRoutes(deps, organizationOf),
    providers: { list: async () => ({ data: providerList.map(presentProvider) }) },
    requests: {
      list: (call, input) => listRequests(deps, call.actor, input),
      tail: (call, input) => tailRequests(deps, call.actor, input),
      get: (call, input) => getRequest(deps, call.actor, input),
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
    budgets: {
      list: (call, input) => listBudgets(deps, call.actor, input),
      create: (call, input) => createBudget(deps, call.actor, input),
      get: (call, input) => getBudget(deps, call.actor, input.budget_id),
      change: (call, input) => changeBudget(deps, call.actor, input),
      remove: (call, input) => removeBudget(deps, call.actor, input.budget_id),
    },
  };
}

const presentProvider = (provider: Provider) => ({
  id: provider.id,
  name: provider.name,
  base_url: provider.baseUrl ?? null,
  needs_key: provider.needsKey,
  local: provider.local,
  dialect: provider.dialect,
  embeddings: provider.embeddings !== 'none',
  fields: describeFields(provider),
  keys_any_of: provider.keysAnyOf.map((names) => [...names]),
});

type HomeOf = (call: Call, input: { workspace_id?: string }) => Home;

const workspaceOf: HomeOf = (call, input) => ({
  organizationId: call.actor.organization_id,
  workspaceId: input.workspace_id!,
});
const organizationOf: HomeOf = (call) => ({ organizationId: call.actor.organization_id, workspaceId: null });

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

function modelRouteRoutes(deps: GatewayDeps, homeOf: HomeOf) {
  type Owned = { workspace_id?: string; organization_id?: string };
  type One = Owned & { model_route_id: string };
  const at = (call: Call, input: One) => ({ id: input.model_route_id, home: homeOf(call, input) });
  return {
    list: (call: Call, input: Owned & { limit: number; cursor?: string | undefined }) =>
      listModelRoutes(deps, call.actor, { ...input, home: homeOf(call, input) }),
    create: (call: Call, input: Owned & NewRoute) =>
      createModelRoute(deps, call.actor, { ...input, home: homeOf(call, input) }),
    get: (call: Call, input: One) => getModelRoute(deps, call.actor, at(call, input)),
    change(call: Call, input: One & RouteChange) {
      const {
        workspace_id: _workspace,
        organization_id: _organization,
        model_route_id: _id,
        ...given
      } = input;
      return changeModelRoute(deps, call.actor, { ...given, ...at(call, input) });
    },
    remove: (call: Call, input: One) => removeModelRoute(deps, call.actor, at(call, input)),
    results: (call: Call, input: One & { from?: string | undefined; to?: string | undefined }) =>
      compareVariants(deps, call.actor, { ...input, ...at(call, input) }),
  };
}
