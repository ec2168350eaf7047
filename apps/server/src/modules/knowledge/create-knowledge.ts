// Knowledge put together; its parts are started and stopped here.
import type { KnowledgeDeps } from './knowledge-deps.ts';
import { registerKnowledgeReactions } from './reactions.ts';

export type Knowledge = ReturnType<typeof createKnowledge>;

/** Builds the module; `start` begins its work in the background, `stop` ends it. */
export function createKnowledge(deps: KnowledgeDeps) {
  registerKnowledgeReactions(deps);
  return {
    deps,
    async start(): Promise<void> {},
    async stop(): Promise<void> {},
  };
}
