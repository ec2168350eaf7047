// npm run proof:fairness: one organization sends a hundred times its quota; the others must neither be refused nor wait longer.
// Rounds with and without it alternate, so that the machine's own moods meet both; the medians of the rounds' p95 decide.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { countChecks } from '../count-checks.ts';
import { medianOf, openTenants, p95Of, type Tenants } from './open-tenants.ts';
import { type Steady, sendSteadily } from './send-steadily.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const rounds = values.quick ? 9 : 25;
const ROUND_MS = values.quick ? 2_000 : 4_000;
/** What each well-behaved organization sends. */
const QUIET_A_SECOND = 10;
/** The noisy one may make 100 calls a minute (Starter); it sends a hundred times that. */
const QUOTA_A_MINUTE = 100;
const NOISY_A_SECOND = (QUOTA_A_MINUTE * 100) / 60;
const RISE_MAX = 0.1;
const checks = countChecks();

const SILENCE = Promise.resolve({ sent: 0, refused: 0 });

type Round = { p95Ms: number; refused: number; failed: number; noisy: { sent: number; refused: number } };

/** Sends from a thread of its own, so that what is measured here is not the measuring. */
async function makeNoise(steady: Steady): Promise<{ sent: number; refused: number }> {
  const worker = new Worker(new URL('./make-noise.ts', import.meta.url), { workerData: steady });
  const [sent] = (await once(worker, 'message')) as [{ sent: number; refused: number }];
  return sent;
}

async function measure(tenants: Tenants, isNoisy: boolean): Promise<Round> {
  const all = { url: tenants.url, forMs: ROUND_MS };
  const noise = isNoisy ? makeNoise({ ...all, key: tenants.noisy, aSecond: NOISY_A_SECOND }) : SILENCE;
  const quiet = await Promise.all(
    tenants.quiet.map(async (key, at) => {
      await sleep((at * 1_000) / QUIET_A_SECOND / tenants.quiet.length);
      return sendSteadily({ ...all, key, aSecond: QUIET_A_SECOND });
    }),
  );
  const { sent, refused } = await noise;
  await sleep(300);
  return {
    p95Ms: p95Of(quiet.flatMap(({ latenciesMs }) => latenciesMs)),
    refused: quiet.reduce((sum, one) => sum + one.refused, 0),
    failed: quiet.reduce((sum, one) => sum + one.failed, 0),
    noisy: { sent, refused },
  };
}

async function compare(tenants: Tenants, named: string): Promise<void> {
  await measure(tenants, true); // warms up, and is not counted
  const [calm, loud]: [Round[], Round[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    // Which of the two comes first alternates too.
    for (const isNoisy of round % 2 ? [true, false] : [false, true])
      (isNoisy ? loud : calm).push(await measure(tenants, isNoisy));
  }
  const [without, withIt] = [calm, loud].map((list) => medianOf(list.map(({ p95Ms }) => p95Ms)));
  const rise = withIt! / without! - 1;
  const refused = [...calm, ...loud].reduce((sum, one) => sum + one.refused + one.failed, 0);
  const noisy = loud.reduce((sum, one) => sum + one.noisy.sent, 0);
  const turnedAway = loud.reduce((sum, one) => sum + one.noisy.refused, 0);
  const list = (round: Round[]) => round.map(({ p95Ms }) => p95Ms.toFixed(1)).join(' ');
  process.stdout.write(
    `       p95 in ms without it: ${list(calm)}\n       p95 in ms with it:    ${list(loud)}\n`,
  );
  checks.check(
    `${named}: the others' p95 rises by less than ${RISE_MAX * 100} %`,
    rise < RISE_MAX,
    `${without!.toFixed(1)} ms without, ${withIt!.toFixed(1)} ms with the noisy one (${(rise * 100).toFixed(1)} %)`,
  );
  checks.check(`${named}: none of them is refused`, refused === 0, `${refused} refused or failed`);
  checks.check(
    `${named}: the noisy one is`,
    turnedAway > noisy / 2,
    `${turnedAway} of ${noisy} calls were answered 429`,
  );
}

const tenants = await openTenants();
try {
  await compare(tenants, 'a hundred times its quota');
} finally {
  await tenants.close();
}
checks.finish();
