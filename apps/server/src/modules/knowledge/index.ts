// The menu of knowledge.
export { createKnowledge, type Knowledge } from './create-knowledge.ts';
export { knowledgeRoutes } from './routes.ts';
