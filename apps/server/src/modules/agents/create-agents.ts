// Agents put together: what their verbs get as dependencies, and the answers that this server is writing.
import type { Egress } from '../../platform/egress/index.ts';
import type { Secrets } from '../../platform/keys/create-secrets.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Log } from '../../platform/log.ts';
import type { Gateway } from '../gateway/index.ts';
import type { Knowledge } from '../knowledge/index.ts';
import type { Tenancy } from '../tenancy/index.ts';
import type { AgentDeps } from './index.ts';
import { searchPassages } from './prompting/search-passages.ts';
import { registerAgentReactions } from './reactions.ts';
import { createRuns } from './runs/create-runs.ts';

export type AgentsDeps = AgentDeps & {
  log: Log;
  limits: Limits;
  egress: Egress;
  secrets: Secrets;
  tenancy: Tenancy;
  gateway: Gateway;
  knowledge: Knowledge;
  /** The address at which people reach this server, without a slash at its end. */
  publicUrl(): string;
};
export type Agents = ReturnType<typeof createAgents>;

/** Builds the module and lets it react to what the modules above announce; `stop` ends the answers under way. */
export function createAgents(given: AgentsDeps) {
  const runs = createRuns(given);
  const deps = { ...given, runs, searchKnowledge: searchPassages(given.knowledge) };
  registerAgentReactions(deps);
  return {
    deps,
    async start(): Promise<void> {
      runs.start();
    },
    stop: () => runs.stop(),
  };
}
