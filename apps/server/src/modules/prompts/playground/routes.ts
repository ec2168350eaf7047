// Endpoint → verb, for what is tried out: comparisons, shared playgrounds, suggestions, one's own settings.
import type { aiSettings, enhancements } from '@insula/contract/enhancements';
import type { comparisons, playgroundShares } from '@insula/contract/playground';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import { acceptEnhancement } from '../enhancements/accept-enhancement.ts';
import { createEnhancement } from '../enhancements/create-enhancement.ts';
import { getEnhancement, listEnhancements } from '../enhancements/list-enhancements.ts';
import { getOwnSettings, replaceOwnSettings } from '../own-settings/replace-own-settings.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { createComparison } from './create-comparison.ts';
import { getComparison, listComparisons } from './list-comparisons.ts';
import { getShare, removeShare, sharePlayground } from './share-playground.ts';
import { removeComparison, voteComparison } from './vote-comparison.ts';

type PlaygroundRoutes = RoutesOf<{
  comparisons: typeof comparisons;
  playgroundShares: typeof playgroundShares;
  enhancements: typeof enhancements;
  aiSettings: typeof aiSettings;
}>;

/** The endpoints of the playground. */
export function playgroundRoutes(deps: PromptsDeps): PlaygroundRoutes {
  return {
    comparisons: {
      list: (call, input) => listComparisons(deps, call.actor, input),
      create: (call, input) => createComparison(deps, call.actor, input),
      get: (call, input) => getComparison(deps, call.actor, input),
      vote: (call, input) => voteComparison(deps, call.actor, input),
      remove: (call, input) => removeComparison(deps, call.actor, input),
    },
    playgroundShares: {
      create: (call, input) => sharePlayground(deps, call.actor, input),
      get: (call, input) => getShare(deps, call.actor, input),
      remove: (call, input) => removeShare(deps, call.actor, input),
    },
    enhancements: {
      list: (call, input) => listEnhancements(deps, call.actor, input),
      create: (call, input) => createEnhancement(deps, call.actor, input),
      get: (call, input) => getEnhancement(deps, call.actor, input),
      accept: (call, input) => acceptEnhancement(deps, call.actor, input),
    },
    aiSettings: {
      get: (call, input) => getOwnSettings(deps, call.actor, input),
      replace: (call, input) => replaceOwnSettings(deps, call.actor, input),
    },
  };
}
