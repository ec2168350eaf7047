// Reads the labelled prompts (JSON lines of text and label, 1 for an injection) and measures them as the gateway does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { embedTexts, joinMeasures } from '../../apps/server/test/open-detector-ground.ts';
import type { Example } from './learn.ts';

/** Every prompt of `guard-prompt-injection/train.jsonl` in `folder`, and how many a second were embedded by one thread. */
export async function readExamples(
  folder: string,
  models: string,
): Promise<{ examples: Example[]; textsPerSecond: number }> {
  const lines = readFileSync(join(folder, 'guard-prompt-injection/train.jsonl'), 'utf8').trim().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as { text: string; label: number });
  const { vectors, textsPerSecond } = await embedTexts(
    rows.map((row) => row.text),
    models,
  );
  const examples = rows.map(({ text, label }, i) => ({
    measures: joinMeasures(text, vectors[i]!),
    isPositive: label === 1,
  }));
  return { examples, textsPerSecond };
}
