// The menu of prompts: the library, what is tried with it, the jobs that run it, and what judges it.
export type { PromptsDeps } from './prompts-deps.ts';
export { promptsRoutes } from './routes.ts';
