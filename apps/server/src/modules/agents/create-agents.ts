// Agents put together: what their verbs get as dependencies.
import type { Limits } from '../../platform/limits/index.ts';
import type { Tenancy } from '../tenancy/index.ts';
import type { AgentDeps } from './index.ts';
import { registerAgentReactions } from './reactions.ts';

export type AgentsDeps = AgentDeps & {
  limits: Limits;
  tenancy: Tenancy;
  /** The address at which people reach this server, without a slash at its end. */
  publicUrl(): string;
};
export type Agents = ReturnType<typeof createAgents>;

/** Builds the module and lets it react to what the modules above announce. */
export function createAgents(deps: AgentsDeps) {
  registerAgentReactions(deps);
  return { deps };
}
