// The menu of prompts: the library, what is tried with it, the jobs that run it, and what judges it.
export { createPrompts, type Prompts } from './create-prompts.ts';
export { registerJobResults } from './jobs/register-job-results.ts';
export { promptsRoutes } from './routes.ts';
