// The menu of agents.
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/create-database.ts';
import type { Events } from '../../platform/events/create-events.ts';

export { createAgents } from './create-agents.ts';
export { agentsRoutes } from './routes.ts';
export { answerAsModel } from './surfaces/answer-as-model.ts';

export type AgentDeps = { db: Database; events: Events; clock: Clock };
