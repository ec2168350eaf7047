// The thread that reads documents, one at a time. Whatever goes wrong in here costs one file and at most this thread.
import { open } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import type { WorkerAnswer, WorkerOrder } from './create-reading-pool.ts';
import { limits } from './limits.ts';
import { packDocument } from './pack-document.ts';
import { readDocument } from './read-document.ts';
import { Refusal, tooLarge } from './refusal.ts';

const port = parentPort!;
const tell = (answer: WorkerAnswer) => port.postMessage(answer);
/** Characters between two words about how far the reading has come. */
const PROGRESS_STEP = 20_000;

async function load(file: WorkerOrder['file']): Promise<Uint8Array> {
  if ('bytes' in file) return file.bytes;
  const handle = await open(file.path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > limits.fileBytes) throw tooLarge('a file may have 50 MB.');
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function obey(order: WorkerOrder): Promise<void> {
  let told = 0;
  try {
    const source = { bytes: await load(order.file), ...order.about };
    const document = await readDocument({
      source,
      split: order.split,
      tell(characters) {
        if (characters < told + PROGRESS_STEP) return;
        told = characters;
        tell({ kind: 'progress', characters });
      },
    });
    tell({ kind: 'read', document: packDocument(document) });
  } catch (error) {
    if (error instanceof Refusal) tell({ kind: 'refused', code: error.code, facts: error.facts });
    else
      tell({
        kind: 'failed',
        message: error instanceof Error ? error.message : String(error),
        overflow: error instanceof RangeError,
      });
  }
}

port.on('message', (order: WorkerOrder) => void obey(order));
tell({ kind: 'ready' });
