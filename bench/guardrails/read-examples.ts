// The texts that the prompt-injection rule is learned from and tried on, measured as the gateway does. Prompts about the news
// alone would teach it that everything else is an attack, so harmless texts of other kinds are learned from beside them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { embedTexts, joinMeasures } from '../../apps/server/test/open-detector-ground.ts';
import type { LabelledText } from './judge-personal.ts';
import type { Example } from './learn.ts';

export type Examples = {
  /** deepset/prompt-injections, labelled. */
  prompts: Example[];
  /** Harmless texts to learn from: half of the templates of guard-pii, and harmless.txt three times. */
  harmless: Example[];
  /** Harmless texts that are never learned from, by where they are from. */
  unseen: Record<string, Example[]>;
  textsPerSecond: number;
};

const HARMLESS_WEIGHT = 3;
const ABSTRACTS = 60;

/** Reads the sets in `folder` and embeds them; `models` is where the embedding model is made. */
export async function readExamples(folder: string, models: string): Promise<Examples> {
  const prompts = readLines(join(folder, 'guard-prompt-injection/train.jsonl'));
  const personal = readPersonal(folder);
  const own = readFileSync(new URL('./harmless.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const science = ['cisi', 'cranfield'].flatMap((name) => readScience(join(folder, name)));
  const sets = [prompts.map(({ text }) => text), personal.even, personal.odd, own, science];
  const { vectors, textsPerSecond } = await embedTexts(sets.flat(), models);
  let next = 0;
  const [asked, even, odd, ownMeasures, abstracts] = sets.map((texts) =>
    texts.map((text) => joinMeasures(text, vectors[next++]!)),
  );
  const asHarmless = (measures: Float64Array[]) =>
    measures.map((one) => ({ measures: one, isPositive: false }));
  return {
    prompts: asked!.map((measures, i) => ({ measures, isPositive: prompts[i]!.label === 1 })),
    harmless: asHarmless([...even!, ...Array.from({ length: HARMLESS_WEIGHT }, () => ownMeasures!).flat()]),
    unseen: {
      'everyday texts (guard-pii, other templates)': asHarmless(odd!),
      'scientific queries and abstracts (cisi, cranfield)': asHarmless(abstracts!),
    },
    textsPerSecond,
  };
}

type Line = { text: string; label?: number };

function readLines(path: string): Line[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Line);
}

function readPersonal(folder: string): { even: string[]; odd: string[] } {
  const path = join(folder, 'guard-pii/synthetic.json');
  const texts = JSON.parse(readFileSync(path, 'utf8')) as (LabelledText & { template_id: number })[];
  const ofParity = (parity: number) =>
    texts.filter((text) => text.template_id % 2 === parity).map((text) => text.full_text);
  return { even: ofParity(0), odd: ofParity(1) };
}

/** Queries and some abstracts of a test collection; none where it is not there. */
function readScience(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const queries = readLines(join(folder, 'queries.jsonl'));
  const abstracts = readLines(join(folder, 'corpus.jsonl')).slice(0, ABSTRACTS);
  return [...queries, ...abstracts].map(({ text }) => text.slice(0, 1_000));
}
