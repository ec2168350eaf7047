// The endpoints of the cache, each to its verb.
import type { answerCache } from '@insula/contract/answer-cache';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import type { AnswerCache } from './create-answer-cache.ts';
import { emptyCache, getCacheSettings, replaceCacheSettings } from './replace-cache-settings.ts';

/** The endpoints of a workspace's cache. */
export function cacheRoutes(
  gatewayDeps: GatewayDeps,
  cache: AnswerCache,
): RoutesOf<{ answerCache: typeof answerCache }> {
  const deps = { ...gatewayDeps, answerCache: cache };
  return {
    answerCache: {
      get: ({ actor }, { workspace_id }) => getCacheSettings(deps, actor, workspace_id),
      replace: ({ actor }, { workspace_id: workspaceId, ...settings }) =>
        replaceCacheSettings(deps, actor, { workspaceId, settings }),
      empty: ({ actor }, { workspace_id }) => emptyCache(deps, actor, workspace_id),
    },
  };
}
