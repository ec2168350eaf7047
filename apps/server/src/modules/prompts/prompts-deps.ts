// What prompts need of the rest of the house.
import type { Gateway, GatewayDeps } from '../gateway/index.ts';

/** The platform, and the gateway for calls of models. */
export type PromptsDeps = Pick<GatewayDeps, 'db' | 'events' | 'clock' | 'log' | 'requireWorkspace'> & {
  gateway: Gateway;
};
