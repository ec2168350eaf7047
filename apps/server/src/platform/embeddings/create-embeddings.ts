// Embeddings without a provider: all-MiniLM-L6-v2 on this machine's own processor. Callers take turns piece by piece, so that
// a thousand texts of one do not keep another's single text waiting; what waits is bounded.
import { availableParallelism } from 'node:os';
import { createWorkerPool, type Piece } from './create-worker-pool.ts';
import { EMBEDDING_MODEL, type Progress } from './prepare-model.ts';
import { problem } from './problems.ts';

export type Embeddings = {
  /** Names model and version: vectors of another name must not be compared with these. */
  model: string;
  dimensions: number;
  /** The longest text that is read; the rest of a longer one is ignored. */
  maxTokens: number;
  /** One vector of length one for each text, in order; throws `embeddings_busy`, `embeddings_unavailable`, or the signal's reason. */
  embed(texts: readonly string[], options?: { signal?: AbortSignal }): Promise<Float32Array[]>;
  /** Whether the model was made already; the first text waits for that. */
  isReady(): boolean;
  stop(): Promise<void>;
};
export type EmbeddingsOptions = {
  /** Where the model is kept once it was made. */
  folder: string;
  threads?: number;
  /** Milliseconds after which a thread without work is let go. */
  idleMs?: number;
  /** Texts that may wait over all callers. */
  maxWaiting?: number;
  onProgress?(progress: Progress): void;
};

const PIECE_TEXTS = 8;
const THREADS_MAX = 4;

type Turn = { pieces: Piece[]; waiting: number };

/** Callers in line: each gives one piece and goes to the end of the line. */
function openLine() {
  let turns: Turn[] = [];
  let waiting = 0;
  return {
    waiting: () => waiting,
    enter(turn: Turn): void {
      waiting += turn.waiting;
      turns.push(turn);
    },
    next(): Piece | undefined {
      const turn = turns.shift();
      const piece = turn?.pieces.shift();
      if (!turn || !piece) return undefined;
      waiting -= piece.texts.length;
      turn.waiting -= piece.texts.length;
      if (turn.pieces.length > 0) turns.push(turn);
      return piece;
    },
    leave(turn: Turn): void {
      turns = turns.filter((one) => one !== turn);
      waiting -= turn.waiting;
      turn.waiting = 0;
      turn.pieces = [];
    },
  };
}

/** Makes the embeddings; nothing is loaded before the first text. */
export function createEmbeddings(options: EmbeddingsOptions): Embeddings {
  const { maxWaiting = 4_096 } = options;
  const line = openLine();
  let isReady = false;
  const pool = createWorkerPool({
    folder: options.folder,
    threads: options.threads ?? Math.max(1, Math.min(THREADS_MAX, availableParallelism() - 1)),
    idleMs: options.idleMs ?? 60_000,
    onProgress(progress) {
      isReady ||= progress.step === 'ready';
      options.onProgress?.(progress);
    },
    next: line.next,
  });

  async function embed(texts: readonly string[], { signal }: { signal?: AbortSignal } = {}) {
    signal?.throwIfAborted();
    if (texts.length === 0) return [];
    if (line.waiting() + texts.length > maxWaiting) throw problem('embeddings_busy');
    const turn: Turn = { pieces: [], waiting: texts.length };
    const vectors = cut(texts).map((own) => promisePiece(turn, own));
    line.enter(turn);
    for (const _ of turn.pieces) pool.wake();
    const aborted = abortion(signal);
    try {
      return (await Promise.race([Promise.all(vectors), aborted.promise])).flat();
    } finally {
      aborted.forget();
      line.leave(turn);
    }
  }

  return {
    model: EMBEDDING_MODEL,
    dimensions: 384,
    maxTokens: 256,
    embed,
    isReady: () => isReady,
    stop: pool.stop,
  };
}

function cut(texts: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(texts.length / PIECE_TEXTS) }, (_, i) =>
    texts.slice(i * PIECE_TEXTS, (i + 1) * PIECE_TEXTS),
  );
}

function promisePiece(turn: Turn, texts: string[]): Promise<Float32Array[]> {
  const promise = new Promise<Float32Array[]>((done, failed) => turn.pieces.push({ texts, done, failed }));
  promise.catch(() => undefined); // told through the whole; a piece whose caller has left is nobody's loss
  return promise;
}

function abortion(signal: AbortSignal | undefined): { promise: Promise<never>; forget(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const onAbort = () => reject(signal!.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  return { promise, forget: () => signal?.removeEventListener('abort', onAbort) };
}
