import { expect, test } from 'vitest';
import { createFairQueue, type Entrant } from './create-fair-queue.ts';

const entrant = (organizationId: string, weight = 1): Entrant => ({
  organizationId,
  weight,
  onLeave: () => () => {},
});
const queueOf = (more: Partial<Parameters<typeof createFairQueue>[0]> = {}) =>
  createFairQueue({ runningMax: 2, waitingMax: 100, patienceMs: 5_000, ...more });

/** Fills the server, lets the entrants wait, and frees one place after the other; answers in which order they began. */
async function orderOf(entrants: Entrant[]): Promise<string> {
  const queue = queueOf({ runningMax: 1 });
  let free = queue.enter(entrant('first')) as () => void;
  const begun: string[] = [];
  const places: (() => void)[] = [];
  const all = entrants.map(async (one) => {
    const place = await queue.enter(one);
    begun.push(one.organizationId);
    if (place) places.push(place);
  });
  for (let at = 0; at < entrants.length; at++) {
    free();
    await new Promise((resolve) => setImmediate(resolve));
    free = places.at(-1)!;
  }
  free();
  await Promise.all(all);
  expect(queue.stats).toEqual({ running: 0, waiting: 0 });
  return begun.join('');
}
const many = (organizationId: string, count: number, weight = 1) =>
  Array.from({ length: count }, () => entrant(organizationId, weight));

test('with room nobody waits, not even for a turn of the loop', () => {
  const queue = queueOf();
  expect(queue.enter(entrant('a'))).toBeTypeOf('function');
  expect(queue.enter(entrant('a'))).toBeTypeOf('function');
  expect(queue.enter(entrant('a'))).toBeInstanceOf(Promise);
});

test('one that comes after a hundred of another is the next but one', async () => {
  const order = await orderOf([...many('n', 20), entrant('q')]);
  expect(order.indexOf('q')).toBeLessThanOrEqual(1);
});

test('organizations take turns, by their weights', async () => {
  expect((await orderOf([...many('a', 6), ...many('b', 6)])).slice(0, 8)).toMatch(/^(ab|ba){4}$/);
  const weighted = await orderOf([...many('a', 12, 1), ...many('b', 12, 3)]);
  expect([...weighted.slice(0, 12)].filter((one) => one === 'b').length).toBeGreaterThanOrEqual(8);
});

test('a call of one organization begins in the order it came', async () => {
  const queue = queueOf({ runningMax: 1 });
  const free = queue.enter(entrant('a')) as () => void;
  const begun: number[] = [];
  const all = [1, 2, 3].map(async (n) => {
    const place = await queue.enter(entrant('a'));
    begun.push(n);
    place?.();
  });
  free();
  await Promise.all(all);
  expect(begun).toEqual([1, 2, 3]);
});

test('a caller that leaves leaves the queue, and one that waited too long is told', async () => {
  const queue = queueOf({ runningMax: 1, patienceMs: 30 });
  const free = queue.enter(entrant('a')) as () => void;
  let leave = () => {};
  const gone = queue.enter({
    ...entrant('b'),
    onLeave(listener) {
      leave = listener;
      return () => {};
    },
  });
  leave();
  expect(await gone).toBeUndefined();
  expect(await queue.enter(entrant('c'))).toBeUndefined();
  expect(queue.stats).toEqual({ running: 1, waiting: 0 });
  free();
  expect(queue.enter(entrant('d'))).toBeTypeOf('function');
});

test('a full queue drops the last of the longest line, so that nobody is shut out by somebody else', async () => {
  const queue = queueOf({ runningMax: 1, waitingMax: 3 });
  const free = queue.enter(entrant('n')) as () => void;
  const waiting = many('n', 3).map((one) => queue.enter(one));
  const quiet = queue.enter(entrant('q'));
  expect(await waiting[2]).toBeUndefined();
  expect(await queue.enter(entrant('n'))).toBeUndefined();
  free();
  (await waiting[0])!();
  expect(await quiet).toBeTypeOf('function');
});

test('a place is given back once, however often that is said', () => {
  const queue = queueOf();
  const free = queue.enter(entrant('a')) as () => void;
  free();
  free();
  expect(queue.stats.running).toBe(0);
});
