// Learns the weights of the prompt-injection rule from deepset/prompt-injections (Apache-2.0) and writes them into the
// server: node bench/guardrails/train-injection.ts --data DIR
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { injectionWeightsFile } from '../../apps/server/test/open-detector-ground.ts';
import { learnCalibrated } from './learn-calibrated.ts';
import { readExamples } from './read-examples.ts';

const { values } = parseArgs({ options: { data: { type: 'string' } } });
if (!values.data) throw new Error('Say where the labelled prompts are: --data DIR');

const models = mkdtempSync(join(tmpdir(), 'insula-train-'));
const { prompts, harmless } = await readExamples(values.data, models);
const examples = [...prompts, ...harmless];
rmSync(models, { recursive: true });
const { bias, weights } = learnCalibrated(examples);
const numbers = Array.from(weights, (weight) => String(Number(weight.toFixed(3))));
const rows = Array.from({ length: Math.ceil(numbers.length / 14) }, (_, i) =>
  numbers.slice(i * 14, (i + 1) * 14).join(' '),
);
writeFileSync(
  injectionWeightsFile,
  `// Written by bench/guardrails/train-injection.ts. Learned from deepset/prompt-injections (Apache-2.0; 546 prompts in English
// and German) and harmless texts: half of presidio-research's synthetic ones (MIT) and bench/guardrails/harmless.txt (ours).
// Order: the embedding's 384 numbers, then those of measure-injection.ts.

/** Weights of the logistic regression; \`bias\` is moved so that 0.8 is a good threshold. */
export const injectionWeights: { bias: number; weights: readonly number[] } = {
  bias: ${bias.toFixed(4)},
  weights: \`
${rows.map((row) => `    ${row}`).join('\n')}
  \`
    .trim()
    .split(/\\s+/)
    .map(Number),
};
`,
);
console.log(
  `Wrote ${injectionWeightsFile.pathname}: ${weights.length} weights from ${examples.length} texts.`,
);
