// npm run proof:faults: every way in which a provider fails × streaming or not × each protocol, relayed and translated, once
// alone and once with a healthy provider behind it. Every call must end validly and in time, be settled exactly once for each
// attempt, leave no socket behind, and be answered by the healthy provider wherever that is possible.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { countChecks } from '../count-checks.ts';
import type { FaultMode } from './fault-modes.ts';
import { judgeBooks } from './judge-books.ts';
import { CALL_MS, openScene, routeOf, type Scene } from './open-scene.ts';
import { type Lane, lanes, type Seen, sendCall } from './send-call.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    database: { type: 'string', default: 'postgres' },
    mode: { type: 'string' },
  },
});
/** Calls of one cell: alone, and with a healthy provider. */
const CALLS = values.quick ? { alone: 1, pair: 3 } : { alone: 10, pair: 40 };
const MODES_AT_ONCE = 6;
/** What a busy machine may add to the configured time. */
const SLACK_MS = 1_500;
const SOCKETS_GONE_MS = 3_000;
const checks = countChecks();

export type Made = { mode: FaultMode; lane: Lane; isStream: boolean; isPair: boolean; seen: Seen };

/** What a cell must come to. */
function isExpected({ mode, isStream, isPair, seen }: Made): boolean {
  const { ending } = seen.verdict;
  if (ending === 'invalid') return false;
  if (mode.reach === 'either') return !isPair || isStream || ending === 'answer';
  if (mode.reach === 'none') return ending === 'answer';
  if (!isPair) return ending === 'failure';
  if (mode.reach === 'late') return true;
  return ending === 'answer' || (mode.reach === 'within' && isStream);
}

async function tryMode(scene: Scene, mode: FaultMode): Promise<Made[]> {
  const made: Made[] = [];
  for (const isPair of [false, true]) {
    const cells = lanes.flatMap((lane) => [false, true].map((isStream) => ({ lane, isStream })));
    const turns = mode.isHeavy ? 1 : isPair ? CALLS.pair : CALLS.alone;
    for (let turn = 0; turn < turns; turn++) {
      const calls = cells.map(async ({ lane, isStream }) => {
        const { url, key, agent } = scene;
        const model = routeOf(lane.provider, mode, isPair);
        const seen = await sendCall({ url, key, agent, lane, model, isStream });
        made.push({ mode, lane, isStream, isPair, seen });
      });
      if (mode.isHeavy) for (const one of calls) await one;
      else await Promise.all(calls);
    }
  }
  return made;
}

function report(mode: FaultMode, made: Made[]): void {
  const bad = made.filter((one) => !isExpected(one));
  const late = made.filter(({ seen }) => seen.lastedMs > CALL_MS + SLACK_MS);
  const count = (isPair: boolean, ending: string) =>
    made.filter((one) => one.isPair === isPair && one.seen.verdict.ending === ending).length;
  const slowest = Math.max(...made.map(({ seen }) => seen.lastedMs));
  const cells = new Set(
    bad.map(({ lane, isStream, isPair, seen: { verdict, status } }) => {
      const how = `${lane.name}${isStream ? ', stream' : ''}${isPair ? ', with a healthy one' : ''}`;
      return `\n         ${how}: ${verdict.ending} ${status} ${verdict.ending === 'invalid' ? verdict.why : ''}`;
    }),
  );
  const alone = `alone ${count(false, 'answer')} answers, ${count(false, 'failure')} failures`;
  const pair = `with a healthy one ${count(true, 'answer')} answers, ${count(true, 'failure')} failures`;
  const seen = `${alone}; ${pair}; slowest ${Math.round(slowest)} ms${[...cells].slice(0, 12).join('')}`;
  checks.check(mode.name.padEnd(34), bad.length === 0 && late.length === 0, seen);
}

/** Modes run side by side, a few at a time. */
async function tryAll(scene: Scene): Promise<Made[]> {
  const modes = scene.modes.filter((mode) => values.mode === undefined || mode.name === values.mode);
  const found = new Map<FaultMode, Made[]>();
  const left = [...modes].sort((a, b) => Number(b.isHeavy ?? false) - Number(a.isHeavy ?? false));
  const work = async () => {
    for (let mode = left.shift(); mode; mode = left.shift()) found.set(mode, await tryMode(scene, mode));
  };
  await Promise.all(Array.from({ length: MODES_AT_ONCE }, work));
  for (const mode of modes) report(mode, found.get(mode)!);
  return [...found.values()].flat();
}

async function judgeSockets(scene: Scene): Promise<void> {
  const until = Date.now() + SOCKETS_GONE_MS;
  while (scene.hostile.busy() > 0 && Date.now() < until) await sleep(50);
  const { requests } = scene.hostile;
  const seen = `${scene.hostile.busy()} open after ${requests} requests`;
  checks.check('no socket with half an answer is left open', scene.hostile.busy() === 0, seen);
  checks.check('no redirect was followed', scene.trap.calls() === 0, `${scene.trap.calls()} calls`);
}

function judgeFailover(made: Made[]): void {
  const early = made.filter(({ mode, isPair }) => isPair && mode.reach === 'before');
  const answered = early.filter(({ seen }) => seen.verdict.ending === 'answer');
  const moved = answered.filter(({ seen }) => seen.attempt > 1).length;
  const share = (answered.length / Math.max(1, early.length)) * 100;
  checks.check(
    'a healthy provider answers ≥ 99.9 % of what failed before the first byte',
    share >= 99.9 || early.length === 0,
    `${answered.length} of ${early.length} (${share.toFixed(2)} %), ${moved} of them after a failed attempt`,
  );
}

const scene = await openScene(values.database === 'pglite' ? 'pglite' : 'postgres');
try {
  const made = await tryAll(scene);
  judgeFailover(made);
  await judgeSockets(scene);
  const said = await scene.stopServer();
  checks.check(
    'the server has nothing to say',
    !/unhandled|uncaught/i.test(said),
    said.trim().slice(-400) || 'nothing',
  );
  const { holds, seen } = await judgeBooks(scene.ledger, made);
  checks.check('every attempt has one intent and one settlement', holds, seen);
} finally {
  await scene.close();
}
checks.finish();
// What was reset in the middle of a write can keep the event loop busy; there is nothing left to wait for.
process.exit();
