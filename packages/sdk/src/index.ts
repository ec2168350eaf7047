// The typed client of Insula's API, derived from the contract.
export { isSurface } from '@insula/contract';
export {
  type Call,
  type CallOptions,
  createInsula,
  type Insula,
  type InsulaOptions,
} from './create-insula.ts';
export {
  createLlmJob,
  type LlmBatchInput,
  type LlmJob,
  type LlmJobInput,
  type LlmJobRecord,
  type LlmJobResult,
} from './create-llm-job.ts';
export type { Session, SessionStore, SignedIn } from './create-session.ts';
export { InsulaError } from './insula-error.ts';
export { type Endpoint, listEndpoints } from './list-endpoints.ts';
export { type Page, pages } from './pages.ts';
