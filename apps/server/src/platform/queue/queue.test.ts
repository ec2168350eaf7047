// The queue: what is told is done, once at a time, in turns, by any number of servers, and also when one is killed.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { openTenancyGround, type TenancyGround } from '../../../test/open-tenancy-ground.ts';
import { systemActor } from '../actor.ts';
import { createLog } from '../log.ts';
import { createQueue, type QueueOptions, type Worker } from './index.ts';

let ground: TenancyGround;
beforeAll(async () => {
  ground = await openTenancyGround();
});
afterAll(() => ground?.close());

const log = createLog('silent');

/** A server's queue with one worker of a kind; it ends with the test. */
function replica(kind: string, slice: Worker['slice'], options: Partial<QueueOptions> = {}) {
  const queue = createQueue({ db: ground.app.db, log, lookMs: 50, ...options });
  queue.on(kind, { slice });
  queue.start();
  onTestFinished(() => queue.stop());
  return queue;
}

const tell = (organizationId: string, kind: string, due?: { at?: Date }) =>
  ground.app.db.as(systemActor(organizationId), (tx) => ground.app.queue.tell(tx, organizationId, kind, due));
const waiting = (kind: string) =>
  ground.rows<{ organization_id: string; due_at: Date; failures: number }>(
    'select organization_id, due_at, failures from platform.work where kind = $1',
    [kind],
  );

test('what a transaction tells is done after its commit, and what it did not commit is not', async () => {
  const { id, actor } = await ground.newOrganization();
  const done: string[] = [];
  const queue = replica('commit', async ({ organizationId }) => {
    done.push(organizationId);
    return 'done';
  });
  const failing = ground.app.db.as(actor, async (tx) => {
    await queue.tell(tx, id, 'commit');
    throw new Error('rolled back');
  });
  await expect(failing).rejects.toThrow('rolled back');
  await sleep(200);
  expect(done).toEqual([]);
  await tell(id, 'commit');
  await vi.waitFor(() => expect(done).toEqual([id]));
  await vi.waitFor(async () => expect(await waiting('commit')).toEqual([]));
});

test('a server is told of its own work at once, long before it would look', async () => {
  const { id } = await ground.newOrganization();
  let doneAt = 0;
  replica(
    'at-once',
    async () => {
      doneAt = performance.now();
      return 'done';
    },
    { lookMs: 60_000 },
  );
  await sleep(100);
  const toldAt = performance.now();
  await tell(id, 'at-once');
  await vi.waitFor(() => expect(doneAt).toBeGreaterThan(0));
  expect(doneAt - toldAt).toBeLessThan(1_000);
});

test('nobody tells of work of another organization', async () => {
  const [ann, bob] = [await ground.newOrganization(), await ground.newOrganization()];
  const foreign = ground.app.db.as(ann.actor, (tx) => ground.app.queue.tell(tx, bob.id, 'foreign'));
  await expect(foreign).rejects.toThrow(/own organization only/);
  const read = ground.app.db.as(ann.actor, (tx) => sql`select * from platform.work`.execute(tx));
  await expect(read).rejects.toThrow(/permission denied/);
});

test('work told of while its slice runs is done once more', async () => {
  const { id } = await ground.newOrganization();
  let runs = 0;
  replica('again', async () => {
    runs++;
    if (runs === 1) await tell(id, 'again');
    return 'done';
  });
  await tell(id, 'again');
  await vi.waitFor(() => expect(runs).toBe(2));
  await vi.waitFor(async () => expect(await waiting('again')).toEqual([]));
  expect(runs).toBe(2);
});

test('two servers never do the same work at the same time, and share it', async () => {
  const homes = await Promise.all(Array.from({ length: 6 }, () => ground.newOrganization()));
  const under = new Set<string>();
  const doers = new Map<string, number>();
  let overlaps = 0;
  const left = new Map(homes.map(({ id }) => [id, 5]));
  const slice = (name: string) => async (turn: { organizationId: string }) => {
    if (under.has(turn.organizationId)) overlaps++;
    under.add(turn.organizationId);
    await sleep(10);
    under.delete(turn.organizationId);
    doers.set(name, (doers.get(name) ?? 0) + 1);
    const rest = left.get(turn.organizationId)! - 1;
    left.set(turn.organizationId, rest);
    return rest > 0 ? ('more' as const) : ('done' as const);
  };
  replica('shared', slice('one'));
  replica('shared', slice('two'));
  await Promise.all(homes.map(({ id }) => tell(id, 'shared')));
  await vi.waitFor(async () => expect(await waiting('shared')).toEqual([]), 10_000);
  expect([...left.values()]).toEqual(homes.map(() => 0));
  expect(overlaps).toBe(0);
  expect([...doers.keys()].sort()).toEqual(['one', 'two']);
});

test('a tenant with endless work does not delay the single task of another', async () => {
  const [greedy, modest] = [await ground.newOrganization(), await ground.newOrganization()];
  let slices = 0;
  let slicesBefore = 0;
  let isDone = false;
  replica(
    'fair',
    async ({ organizationId }) => {
      if (organizationId === modest.id) {
        isDone = true;
        return 'done';
      }
      slices++;
      await sleep(20);
      return isDone ? 'done' : 'more';
    },
    { workers: 1 },
  );
  await tell(greedy.id, 'fair');
  await vi.waitFor(() => expect(slices).toBeGreaterThan(3));
  slicesBefore = slices;
  await tell(modest.id, 'fair');
  await vi.waitFor(() => expect(isDone).toBe(true));
  // The one under way, and at most one that was claimed while the other's was told.
  expect(slices - slicesBefore).toBeLessThanOrEqual(2);
});

test('the work of a server that was killed is taken over when its lease runs out', async () => {
  const { id } = await ground.newOrganization();
  const pool = ground.app.db.clusters.get('main').app;
  await tell(id, 'orphan');
  // A server that claimed and never came back.
  const claimed = await pool.query(
    "select kind from platform.claim_work(array['orphan'], gen_random_uuid(), interval '600 milliseconds')",
  );
  expect(claimed.rows).toHaveLength(1);
  const claimedAt = performance.now();
  let doneAt = 0;
  replica('orphan', async () => {
    doneAt = performance.now();
    return 'done';
  });
  await vi.waitFor(() => expect(doneAt).toBeGreaterThan(0), 5_000);
  expect(doneAt - claimedAt).toBeGreaterThan(400);
});

test('a slice longer than its lease keeps it; one whose lease was taken is told to stop', async () => {
  const { id } = await ground.newOrganization();
  const pool = ground.app.db.clusters.get('main').app;
  let runs = 0;
  let reason: Error | undefined;
  const slice: Worker['slice'] = async ({ signal }) => {
    runs++;
    if (runs > 1) return 'done';
    await sleep(900);
    await pool.query('select 1');
    await ground.rows('update platform.work set claim = gen_random_uuid() where kind = $1', ['lease']);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    reason = signal.reason as Error;
    return 'done';
  };
  replica('lease', slice, { leaseMs: 300 });
  replica('lease', slice, { leaseMs: 300 });
  await tell(id, 'lease');
  await vi.waitFor(() => expect(reason?.message).toMatch(/lease/), 5_000);
  await vi.waitFor(async () => expect(await waiting('lease')).toEqual([]), 5_000);
  expect(runs).toBe(2);
});

test('a slice that fails is tried again after a rest that grows', async () => {
  const { id } = await ground.newOrganization();
  const at: number[] = [];
  replica('failing', async () => {
    at.push(performance.now());
    if (at.length < 3) throw new Error('not yet');
    return 'done';
  });
  await tell(id, 'failing');
  await vi.waitFor(() => expect(at).toHaveLength(3), 10_000);
  expect(at[1]! - at[0]!).toBeGreaterThan(900);
  expect(at[2]! - at[1]!).toBeGreaterThan(1_900);
  await vi.waitFor(async () => expect(await waiting('failing')).toEqual([]));
});

test('work for later waits for its time', async () => {
  const { id } = await ground.newOrganization();
  let doneAt = 0;
  replica('later', async () => {
    doneAt = Date.now();
    return 'done';
  });
  const at = new Date(Date.now() + 700);
  await tell(id, 'later', { at });
  await vi.waitFor(() => expect(doneAt).toBeGreaterThan(0), 5_000);
  expect(doneAt).toBeGreaterThanOrEqual(at.getTime() - 20);
});

test('a server that stops ends its slices, and another carries on at once', async () => {
  const { id } = await ground.newOrganization();
  const runs: string[] = [];
  const first = replica('stopping', async ({ signal }) => {
    runs.push('first');
    await sleep(60_000, undefined, { signal });
    return 'done';
  });
  await tell(id, 'stopping');
  await vi.waitFor(() => expect(runs).toEqual(['first']));
  const askedAt = performance.now();
  await first.stop();
  expect(performance.now() - askedAt).toBeLessThan(2_000);
  expect((await waiting('stopping'))[0]).toMatchObject({ failures: 0 });
  replica('stopping', async () => {
    runs.push('second');
    return 'done';
  });
  await vi.waitFor(() => expect(runs).toEqual(['first', 'second']));
});

test('the work of a deleted organization goes with it', async () => {
  const { id, slug } = await ground.newOrganization();
  await tell(id, 'deleted');
  expect(await waiting('deleted')).toHaveLength(1);
  await ground.routes.organizations.remove(ground.call, { organization_id: id, confirm: slug });
  expect(await waiting('deleted')).toEqual([]);
});
