// How well the guardrails recognise what they are for, and how fast: npm run bench:guardrails -- --data DIR
// DIR holds guard-pii/synthetic.json and guard-prompt-injection/train.jsonl. The last line is JSON.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { embedTexts, joinMeasures } from '../../apps/server/test/open-detector-ground.ts';
import { judgePersonal, type LabelledText } from './judge-personal.ts';
import { judgeScores, type Scored, scoreMeasures } from './learn.ts';
import { holdOut, learnCalibrated, scoreFolds, THRESHOLD } from './learn-calibrated.ts';
import { readExamples } from './read-examples.ts';

const { values } = parseArgs({ options: { data: { type: 'string' } } });
if (!values.data) throw new Error('Say where the labelled texts are: --data DIR');
const models = mkdtempSync(join(tmpdir(), 'insula-bench-'));
const texts = JSON.parse(
  readFileSync(join(values.data, 'guard-pii/synthetic.json'), 'utf8'),
) as LabelledText[];

console.log(`Personal facts, ${texts.length} texts, threshold ${THRESHOLD}`);
const personal = judgePersonal(texts, THRESHOLD);
console.table(personal.kinds);
console.log(`${personal.megabytesPerSecond.toFixed(1)} MB of text a second, one thread`);

console.log('\nPrompt injection');
const { examples, textsPerSecond } = await readExamples(values.data, models);
const { learn, test } = holdOut(examples);
const learned = learnCalibrated(learn);
const score = (measures: Float64Array) => scoreMeasures(learned, measures);
const heldOut = judgeScores(
  test.map(({ measures, isPositive }): Scored => ({ score: score(measures), isPositive })),
  THRESHOLD,
);
const crossValidated = judgeScores(scoreFolds(examples, learnCalibrated), THRESHOLD);
const harmless = texts.map((text) => text.full_text);
const { vectors } = await embedTexts(harmless, models);
const alarms = harmless.filter((text, i) => score(joinMeasures(text, vectors[i]!)) >= THRESHOLD).length;
rmSync(models, { recursive: true });
const injection = {
  [`held out (${test.length} of ${examples.length})`]: heldOut,
  'cross-validated, 5 folds': crossValidated,
};
console.table(injection);
console.log(`False alarms on the ${harmless.length} texts above, all harmless: ${alarms}`);
console.log(`${textsPerSecond.toFixed(0)} prompts embedded a second, one thread`);

console.log(
  JSON.stringify({
    threshold: THRESHOLD,
    personal: personal.kinds,
    personal_megabytes_per_second: personal.megabytesPerSecond,
    injection: { held_out: heldOut, cross_validated: crossValidated },
    injection_alarms_on_harmless: alarms / harmless.length,
    embedded_per_second: textsPerSecond,
  }),
);
