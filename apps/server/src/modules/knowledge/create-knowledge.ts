// Knowledge put together; its parts are started and stopped here.
import { registerGraphWork } from './graph-reading/register-graph-work.ts';
import type { KnowledgeDeps } from './knowledge-deps.ts';
import { registerKnowledgeReactions } from './reactions.ts';

export type Knowledge = ReturnType<typeof createKnowledge>;

/** Builds the module; `start` begins its work in the background, `stop` ends it. */
export function createKnowledge(deps: KnowledgeDeps) {
  registerKnowledgeReactions(deps);
  registerGraphWork(deps);
  return {
    deps,
    async start(): Promise<void> {},
    async stop(): Promise<void> {},
  };
}
