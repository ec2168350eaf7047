// How well the guardrails recognise what they are for, and how fast: npm run bench:guardrails -- --data DIR
// DIR holds guard-pii/synthetic.json and guard-prompt-injection/train.jsonl. The last line is JSON.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judgePersonal, type LabelledText } from './judge-personal.ts';
import { type Example, judgeScores, round, type Scored, scoreMeasures, type Weights } from './learn.ts';
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
const { prompts, harmless, unseen, textsPerSecond } = await readExamples(values.data, models);
rmSync(models, { recursive: true });
const scoreWith = (learned: Weights, examples: readonly Example[]): Scored[] =>
  examples.map(({ measures, isPositive }) => ({ score: scoreMeasures(learned, measures), isPositive }));

const { learn, test } = holdOut(prompts);
const heldOut = scoreWith(learnCalibrated([...learn, ...harmless]), test);
const crossValidated = scoreFolds(prompts, (part) => learnCalibrated([...part, ...harmless]));
const injection = Object.fromEntries(
  [THRESHOLD, 0.5].flatMap((threshold) => [
    [`held out, ${test.length} of ${prompts.length}, at ${threshold}`, judgeScores(heldOut, threshold)],
    [`cross-validated, 5 folds, at ${threshold}`, judgeScores(crossValidated, threshold)],
  ]),
);
console.table(injection);

const learned = learnCalibrated([...prompts, ...harmless]);
const alarms = Object.fromEntries(
  Object.entries(unseen).map(([name, examples]) => {
    const scores = scoreWith(learned, examples).map(({ score }) => score);
    const share = (threshold: number) =>
      round(scores.filter((score) => score >= threshold).length / (scores.length || 1));
    return [
      name,
      { texts: scores.length, [`alarms at ${THRESHOLD}`]: share(THRESHOLD), 'alarms at 0.5': share(0.5) },
    ];
  }),
);
console.log('False alarms on harmless texts of kinds and templates that were not learned from');
console.table(alarms);
console.log(`${textsPerSecond.toFixed(0)} texts embedded a second, one thread`);

console.log(
  JSON.stringify({
    threshold: THRESHOLD,
    personal: personal.kinds,
    personal_megabytes_per_second: personal.megabytesPerSecond,
    injection,
    injection_alarms_on_unseen_harmless: alarms,
    embedded_per_second: textsPerSecond,
  }),
);
