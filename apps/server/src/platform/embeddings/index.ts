// Embeddings computed on this machine, for guardrails, the semantic cache and knowledge.
export { createEmbeddings, type Embeddings, type EmbeddingsOptions } from './create-embeddings.ts';
export type { Progress } from './prepare-model.ts';
