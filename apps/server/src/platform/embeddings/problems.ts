// What can go wrong with local embeddings, in words for the person who asked for them.
import { problemsOf } from '@insula/contract';

export const embeddingProblems = {
  embeddings_unavailable: {
    status: 503,
    message:
      'The local embedding model cannot run on this server: {reason} Install onnxruntime-node for this platform, or choose the embeddings of a provider.',
  },
  embeddings_busy: {
    status: 503,
    message: 'The local embedding model has too much to do. Try again in a moment.',
  },
} as const;

/** Problems of local embeddings. */
export const problem = problemsOf(embeddingProblems);
