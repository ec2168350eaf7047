// npm run proof:budget: bursts of 200 parallel calls over three servers against a budget, with Redis and with Redis cut off.
// It must hold to the micro-unit, refuse nobody while spending is far below it, and leave no reservation behind, also after
// callers left, providers failed and a server was killed.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { countChecks } from '../count-checks.ts';
import { openScene, type Scene } from './open-scene.ts';
import { sendBurst } from './send-burst.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const rounds = values.quick ? 1 : 5;
const CALLS = 200;
const MAX_TOKENS = 100;
/** A dead server counts as dead after 15 s; sweeps are 5 s apart. */
const SWEPT_WITHIN_MS = 45_000;
const checks = countChecks();

const shared = (scene: Scene) => ({ urls: scene.urls(), agent: scene.agent });

type Worst = { reserved: number; input: number };

/** What one call of a burst reserves, from the ledger itself. */
async function measureCall(scene: Scene): Promise<Worst> {
  const { id, key } = await scene.makeKey('Measure');
  await sendBurst({ ...shared(scene), key, count: 1, maxTokens: MAX_TOKENS });
  const [row] = await scene.rows<Worst>(
    'select cost_micros::float8 as reserved, input_tokens as input from ledger.entries where phase = 0 and actor_id = $1',
    [id],
  );
  return row!;
}

/** The next calls take a while, so that they overlap, and use all they reserved: the budget is filled to the brim. */
function useAll(scene: Scene, { input }: Worst): void {
  const usage = { prompt_tokens: input, completion_tokens: MAX_TOKENS };
  scene.provider.next(...Array.from({ length: CALLS }, () => ({ delayMs: 100, usage })));
}

async function fillToTheBrim(scene: Scene, named: string): Promise<void> {
  const worstCase = await measureCall(scene);
  const { reserved } = worstCase;
  let [worst, answered, least, waste] = [0, 0, CALLS, 0];
  for (let round = 0; round < rounds; round++) {
    const { id, key } = await scene.makeKey('Brim');
    const amount = reserved * 50 + 1;
    const budget = await scene.setBudget({ scope: 'api_key', api_key_id: id, amount_micros: amount });
    useAll(scene, worstCase);
    const tally = await sendBurst({ ...shared(scene), key, count: CALLS, maxTokens: MAX_TOKENS });
    const after = await scene.getBudget(budget.id);
    worst = Math.max(worst, after.spent_micros - amount);
    answered = Math.max(answered, tally.answered);
    least = Math.min(least, tally.answered);
    waste += tally.failed + after.reserved_micros;
    scene.provider.forget();
  }
  checks.check(
    `${named}: ${rounds} × ${CALLS} calls against room for 50 overspend by at most one reservation (${reserved} micros)`,
    worst <= reserved && answered <= 51,
    `overspent by ${Math.max(0, worst)} micros, at most ${answered} answered`,
  );
  checks.check(`${named}: the room is used`, least >= 45 && waste === 0, `at least ${least} of 50 answered`);
}

async function stayFarBelow(scene: Scene, named: string): Promise<void> {
  let [refused, failed, share] = [0, 0, 0];
  for (let round = 0; round < rounds; round++) {
    const { id, key } = await scene.makeKey('Below');
    // A worst case of 4,096 output tokens reserves some 2,460 micros; there is room for 40 of 200 of them at once.
    const amount = 100_000;
    const budget = await scene.setBudget({ scope: 'api_key', api_key_id: id, amount_micros: amount });
    scene.provider.next(...Array.from({ length: CALLS }, () => ({ delayMs: 50 })));
    const tally = await sendBurst({ ...shared(scene), key, count: CALLS });
    const after = await scene.getBudget(budget.id);
    refused += tally.refused;
    failed += tally.failed;
    share = Math.max(share, after.spent_micros / amount);
    scene.provider.forget();
  }
  checks.check(
    `${named}: nobody is refused while spending is far below the budget`,
    refused === 0 && failed === 0,
    `${refused} of ${rounds * CALLS} refused, ${failed} failed, ${(share * 100).toFixed(1)} % spent`,
  );
}

/** Callers leave, providers fail, and a server is killed, all in the middle of calls. */
async function breakCalls(scene: Scene): Promise<void> {
  const { id, key } = await scene.makeKey('Broken');
  await scene.setBudget({ scope: 'api_key', api_key_id: id, amount_micros: 1_000_000_000 });
  const burst = { ...shared(scene), key, count: 60 };
  scene.provider.next(...Array.from({ length: 60 }, () => ({ pauseMs: 100, pieceBytes: 40 })));
  await sendBurst({ ...burst, stream: true, leaveAfterMs: 300 });
  scene.provider.forget();
  scene.provider.next(...Array.from({ length: 60 }, (_, at) => (at % 2 ? { status: 500 } : { cutAfter: 1 })));
  await sendBurst({ ...burst, stream: true });
  scene.provider.forget();
  scene.provider.next(...Array.from({ length: 60 }, () => ({ delayMs: 2_000 })));
  const last = sendBurst(burst);
  await sleep(700);
  const [open] = await scene.rows<{ n: number }>('select count(*)::int as n from ledger.budget_reservations');
  await scene.servers.at(-1)!.kill();
  const tally = await last;
  checks.check(
    'a server is killed in the middle of calls',
    tally.failed > 0 && open!.n > 0,
    `${open!.n} reservations open, ${tally.failed} of 60 calls lost`,
  );
  const startedAt = Date.now();
  let left = await countLeft(scene);
  while (left.reservations + left.reserved > 0 && Date.now() - startedAt < SWEPT_WITHIN_MS) {
    await sleep(500);
    left = await countLeft(scene);
  }
  checks.check(
    'no reservation is left behind',
    left.reservations === 0 && left.reserved === 0,
    `${left.reservations} reservations, ${left.reserved} micros reserved after ${Date.now() - startedAt} ms`,
  );
}

async function countLeft(scene: Scene) {
  const [row] = await scene.rows<{ reservations: number; reserved: number }>(
    `select (select count(*) from ledger.budget_reservations)::int as reservations,
      (select coalesce(sum(reserved_micros), 0) from ledger.budget_periods)::float8 as reserved`,
  );
  return row!;
}

/** One budget over the whole workspace saw every call: it must agree with the ledger to the micro-unit. */
async function compareWithLedger(scene: Scene, budgetId: string): Promise<void> {
  const { spent_micros } = await scene.getBudget(budgetId);
  const [row] = await scene.rows<{ billed: number; calls: number }>(
    'select sum(cost_micros)::float8 as billed, count(*)::int as calls from ledger.entries where phase > 0',
  );
  checks.check(
    'the budget over all calls is what the ledger bills',
    spent_micros === row!.billed,
    `${spent_micros} and ${row!.billed} micros over ${row!.calls} calls`,
  );
}

const scene = await openScene();
try {
  const all = await scene.setBudget({ scope: 'organization', amount_micros: 1_000_000_000_000 });
  await fillToTheBrim(scene, 'with Redis');
  await stayFarBelow(scene, 'with Redis');
  if (scene.redis) {
    await scene.redis.cut();
    await fillToTheBrim(scene, 'Redis gone');
    await stayFarBelow(scene, 'Redis gone');
  }
  await breakCalls(scene);
  await compareWithLedger(scene, all.id);
} finally {
  await scene.close();
}
checks.finish();
