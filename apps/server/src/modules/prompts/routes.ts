// Endpoint → verb, for the prompt library.
import type { promptLabels, promptTransfers, promptVersions } from '@insula/contract/prompt-versions';
import type { prompts } from '@insula/contract/prompts';
import type { RoutesOf } from '../../platform/http/mount-contract.ts';
import { changePrompt } from './library/change-prompt.ts';
import { createPrompt } from './library/create-prompt.ts';
import { duplicatePrompt } from './library/duplicate-prompt.ts';
import { getPrompt, getPromptByName, listPrompts, renderPrompt } from './library/list-prompts.ts';
import { removePrompt, restorePrompt } from './library/remove-prompt.ts';
import { exportPrompts, importPrompts } from './library/transfer-prompts.ts';
import { playgroundRoutes } from './playground/routes.ts';
import type { PromptsDeps } from './prompts-deps.ts';
import { readTemplate } from './templates/read-template.ts';
import { renderTemplate } from './templates/render-template.ts';
import { compareVersions, getVersion, listVersions } from './versions/list-versions.ts';
import { moveLabel, removeLabel } from './versions/move-label.ts';
import { restoreVersion, saveVersion } from './versions/save-version.ts';

type LibraryRoutes = ReturnType<typeof playgroundRoutes> &
  RoutesOf<{
    prompts: typeof prompts;
    promptVersions: typeof promptVersions;
    promptLabels: typeof promptLabels;
    promptTransfers: typeof promptTransfers;
  }>;

/** The endpoints of prompts, their versions and labels. */
export function promptsRoutes(deps: PromptsDeps): LibraryRoutes {
  return {
    ...playgroundRoutes(deps),
    prompts: {
      list: (call, input) => listPrompts(deps, call.actor, input),
      create: (call, input) => createPrompt(deps, call.actor, input),
      get: (call, input) => getPrompt(deps, call.actor, input),
      getByName: (call, input) => getPromptByName(deps, call.actor, input),
      change: (call, input) => changePrompt(deps, call.actor, input),
      remove: (call, input) => removePrompt(deps, call.actor, input),
      restore: (call, input) => restorePrompt(deps, call.actor, input),
      duplicate: (call, input) => duplicatePrompt(deps, call.actor, input),
      render: async (_call, input) => ({ messages: renderTemplate(readTemplate(input), input.values) }),
    },
    promptVersions: {
      list: (call, input) => listVersions(deps, call.actor, input),
      create: (call, input) => saveVersion(deps, call.actor, input),
      get: (call, input) => getVersion(deps, call.actor, input),
      restore: (call, input) => restoreVersion(deps, call.actor, input),
      compare: (call, input) => compareVersions(deps, call.actor, input),
      render: (call, input) => renderPrompt(deps, call.actor, input),
    },
    promptLabels: {
      put: (call, input) => moveLabel({ ...deps, passGate: async () => 'open' }, call.actor, input),
      remove: (call, input) => removeLabel(deps, call.actor, input),
    },
    promptTransfers: {
      export: (call, input) => exportPrompts(deps, call.actor, input),
      import: (call, input) => importPrompts(deps, call.actor, input),
    },
  };
}
