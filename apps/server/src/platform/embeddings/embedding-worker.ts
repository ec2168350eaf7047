// The thread that computes embeddings. Each text is a run of its own: with 8-bit activations a text beside another in one
// run would get a slightly different vector, and what a text means must not depend on whose text stands beside it.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { Tokenizer } from '@huggingface/tokenizers';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { WorkerAnswer, WorkerInput, WorkerOrder } from './create-worker-pool.ts';
import { prepareModel, tokenizerPath } from './prepare-model.ts';

const TOKENS_MAX = 256;
/** A token has 100 characters at most; what lies behind this cannot be among the first 256 of usual text. */
const CHARACTERS_MAX = 8_000;

const port = parentPort!;
const tell = (answer: WorkerAnswer, transfer: ArrayBuffer[] = []) => port.postMessage(answer, transfer);

type Runtime = {
  session: InferenceSession;
  tokenizer: Tokenizer;
  Tensor: new (type: 'int64', values: BigInt64Array, dims: number[]) => Tensor;
};

async function open(): Promise<Runtime> {
  const { folder } = workerData as WorkerInput;
  const onnx = await import('onnxruntime-node');
  const path = prepareModel(folder, (progress) => tell({ kind: 'progress', progress }));
  const session = await onnx.InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });
  const tokenizer = new Tokenizer(JSON.parse(readFileSync(tokenizerPath, 'utf8')) as object, {});
  return { session, tokenizer, Tensor: onnx.Tensor };
}

async function embed({ session, tokenizer, Tensor }: Runtime, text: string): Promise<Float32Array> {
  const all = tokenizer.encode(text.slice(0, CHARACTERS_MAX).toWellFormed()).ids;
  const ids = all.length <= TOKENS_MAX ? all : [...all.slice(0, TOKENS_MAX - 1), all.at(-1)!];
  const dims = [1, ids.length];
  const { embedding } = await session.run({
    input_ids: new Tensor('int64', BigInt64Array.from(ids, BigInt), dims),
    attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), dims),
  });
  return Float32Array.from((embedding as Tensor).data as Float32Array);
}

async function obey(runtime: Runtime, order: WorkerOrder): Promise<void> {
  if (order.kind === 'stop') {
    await runtime.session.release();
    port.close();
    return;
  }
  try {
    const vectors: Float32Array[] = [];
    for (const text of order.texts) vectors.push(await embed(runtime, text));
    tell(
      { kind: 'embedded', vectors },
      vectors.map((vector) => vector.buffer as ArrayBuffer),
    );
  } catch (error) {
    tell({ kind: 'failed', message: (error as Error).message });
  }
}

try {
  const runtime = await open();
  let work = Promise.resolve();
  port.on('message', (order: WorkerOrder) => {
    work = work.then(() => obey(runtime, order)); // one after the other: the last order lets go of what the others use
  });
  tell({ kind: 'ready' });
} catch (error) {
  tell({ kind: 'broken', message: (error as Error).message });
  port.close();
}
