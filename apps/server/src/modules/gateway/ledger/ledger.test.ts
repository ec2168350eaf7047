// The writing side of the ledger, on a real database: what was told to be written is there, once, whatever happens.
import { readFileSync, writeFileSync } from 'node:fs';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerGround, openLedgerGround } from '../../../../test/open-ledger-ground.ts';
import { newId } from '../../../platform/ids.ts';
import { createCommitter } from './create-committer.ts';
import {
  createLedger,
  type Entry,
  type Ledger,
  type LedgerDeps,
  LedgerRowError,
  LedgerUnavailable,
} from './index.ts';
import { writeRow } from './write-row.ts';

let ground: LedgerGround;
const opened: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  ground = await openLedgerGround();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((ledger) => ledger.stop()));
});
afterAll(() => ground.close());

async function openLedger(deps: Partial<LedgerDeps> = {}): Promise<Ledger> {
  const ledger = createLedger({ ...ground.ledgerDeps(), ...deps });
  opened.push(ledger);
  await ledger.whenUp(10_000);
  return ledger;
}

const entryOf = (more: Partial<Entry> = {}): Entry => ({
  id: newId(),
  attempt: 1,
  organization_id: newId(),
  workspace_id: newId(),
  actor_kind: 'api_key',
  actor_id: newId(),
  replica_id: newId(),
  surface: 'chat.completions',
  provider: 'openai',
  credential_id: null,
  requested_model: 'fast',
  upstream_model: 'gpt-4o-mini',
  input_tokens: 10,
  cached_input_tokens: 0,
  output_tokens: 20,
  reasoning_tokens: 0,
  cost_micros: 14,
  currency: 'USD',
  price_version: 1,
  usage_source: 'provider',
  status: 200,
  streamed: false,
  latency_ms: 12,
  first_byte_ms: 5,
  route_id: null,
  variant: null,
  failure: null,
  cache: null,
  ...more,
});

type Row = { id: string; phase: number; cost_micros: number; requested_model: string; usage_source: string };
const rowsOf = (...ids: string[]) =>
  ground.rows<Row>(
    'select id, phase, cost_micros, requested_model, usage_source from ledger.entries where id = any($1::uuid[]) order by phase',
    [ids],
  );

/** A way to the database that can be cut and mended. */
function fragileWay() {
  const clients = new Set<pg.Client>();
  const way = {
    isDown: false,
    connect: async () => {
      if (way.isDown) throw new Error('connect ECONNREFUSED');
      const client = await ground.connect();
      clients.add(client);
      return client;
    },
    cut() {
      way.isDown = true;
      for (const client of clients) {
        (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      }
      clients.clear();
    },
    mend() {
      way.isDown = false;
    },
  };
  return way;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It did not happen within ten seconds.');
}

describe('the group commit', () => {
  it('has an intent and a settlement in the database when their promises resolve', async () => {
    const ledger = await openLedger();
    const entry = entryOf({ status: null });
    await ledger.intend(entry);
    expect(await rowsOf(entry.id)).toMatchObject([{ phase: 0 }]);
    await ledger.settle({ ...entry, status: 200, cost_micros: 15 });
    expect(await rowsOf(entry.id)).toMatchObject([{ phase: 0 }, { phase: 1, cost_micros: 15 }]);
    const [call] = await ground.rows('select at, status from ledger.calls where id = $1', [entry.id]);
    expect(call).toMatchObject({ status: 200 });
  });

  it('writes everything that waits in few statements', async () => {
    const ledger = await openLedger();
    const entries = Array.from({ length: 500 }, () => entryOf());
    await Promise.all(entries.map((entry) => ledger.settle(entry)));
    expect(await rowsOf(...entries.map((entry) => entry.id))).toHaveLength(500);
    expect(ledger.stats.settlements.rows).toBe(500);
    expect(ledger.stats.settlements.statements).toBeLessThan(10);
  });

  it('keeps one settlement an attempt: the first stands', async () => {
    const ledger = await openLedger();
    const entry = entryOf({ cost_micros: 1 });
    await ledger.settle(entry);
    await ledger.settle({ ...entry, cost_micros: 2 });
    await Promise.all([ledger.settle({ ...entry, attempt: 2 }), ledger.settle({ ...entry, attempt: 2 })]);
    expect((await rowsOf(entry.id)).map((row) => row.cost_micros)).toEqual([1, 1]);
  });

  it('writes the neighbours of a row that the database refuses', async () => {
    const { connect, log, isOneSession } = ground.ledgerDeps();
    const setup = isOneSession ? '' : 'set role insula_ledger';
    const committer = createCommitter({ connect, log, setup, statementTimeoutMs: 5_000 });
    opened.push(committer);
    await until(() => committer.isUp());
    const entries = Array.from({ length: 40 }, () => entryOf());
    const rows = entries.map((entry) => writeRow(entry, 1));
    rows[7] = rows[7]!.replace('"attempt":1', '"attempt":101'); // a constraint
    rows[8] = rows[8]!.replace('fast', '\\u0000'); // what PostgreSQL cannot store
    rows[31] = rows[31]!.replace('"input_tokens":10', '"input_tokens":99999999999'); // a number out of range
    const results = await Promise.allSettled(rows.map((row) => committer.write(row)));
    const refused = results.flatMap((result, i) =>
      result.status === 'rejected' ? [{ i, error: result.reason }] : [],
    );
    expect(refused.map(({ i }) => i)).toEqual([7, 8, 31]);
    for (const { error } of refused) expect(error).toBeInstanceOf(LedgerRowError);
    expect(await rowsOf(...entries.map((entry) => entry.id))).toHaveLength(37);
  });

  it('takes any name a caller can think of for a model', async () => {
    const ledger = await openLedger();
    const names = [
      'a\u0000b',
      'half \ud83d',
      "'); drop table x; --",
      '模型',
      'x'.repeat(10_000),
      '\u001b[31m',
    ];
    const entries = names.map((requested_model) => entryOf({ requested_model }));
    await Promise.all(entries.map((entry) => ledger.settle(entry)));
    expect(await rowsOf(...entries.map((entry) => entry.id))).toHaveLength(names.length);
  });

  it('refuses ids and numbers out of bounds before they wait beside others', async () => {
    const ledger = await openLedger();
    const bad: Partial<Entry>[] = [
      { id: 'x' },
      { organization_id: '' },
      { workspace_id: 'y' },
      { attempt: 0.5 },
      { input_tokens: -1 },
      { output_tokens: 2 ** 31 },
      { cost_micros: Number.NaN },
      { status: 1e6 },
    ];
    for (const more of bad) await expect(ledger.settle(entryOf(more))).rejects.toBeInstanceOf(LedgerRowError);
    expect(ledger.stats.settlements.rows).toBe(0);
  });
});

describe('without a database', () => {
  it('refuses intents quickly and keeps settlements on disk, then writes them once', async () => {
    const way = fragileWay();
    const deps = { ...ground.ledgerDeps(), connect: way.connect };
    const ledger = await openLedger(deps);
    way.cut();
    await until(() => !ledger.stats.isUp);
    const startedAt = performance.now();
    await expect(ledger.intend(entryOf())).rejects.toBeInstanceOf(LedgerUnavailable);
    expect(performance.now() - startedAt).toBeLessThan(100);

    const entries = Array.from({ length: 20 }, () => entryOf());
    await Promise.all(entries.map((entry) => ledger.settle(entry)));
    const kept = readFileSync(deps.spoolFile, 'utf8');
    for (const entry of entries) expect(kept).toContain(entry.id);

    way.mend();
    await until(() => ledger.stats.spool.replayed === 20);
    const ids = entries.map((entry) => entry.id);
    expect(await rowsOf(...ids)).toHaveLength(20);
    await ledger.stop();
    // The same file again, as after a crash in the middle of a replay.
    writeFileSync(deps.spoolFile, kept);
    const again = await openLedger({ ...deps, connect: ground.connect });
    await until(() => again.stats.spool.replayed === 20);
    expect(await rowsOf(...ids)).toHaveLength(20);
  });

  it('replays what an earlier process left, and sets a torn line aside', async () => {
    const deps = ground.ledgerDeps();
    const entry = entryOf();
    const late = entryOf();
    writeFileSync(`${deps.spoolFile}.replaying`, `\n${writeRow(late, 1)}\n`);
    writeFileSync(deps.spoolFile, `\n${writeRow(entry, 1)}\n\n{"at":"2026-01-01T00:0`);
    const ledger = await openLedger(deps);
    await until(() => ledger.stats.spool.replayed === 2 && ledger.stats.spool.refused === 1);
    expect(await rowsOf(entry.id, late.id)).toHaveLength(2);
    expect(readFileSync(`${deps.spoolFile}.refused`, 'utf8')).toContain('{"at":"2026');
  });

  it('bills nothing for an intent of which nobody knows whether it was written', async () => {
    const way = fragileWay();
    const ledger = await openLedger({ connect: way.connect });
    const refused: string[] = [];
    for (let i = 0; i < 8; i++) {
      const entries = Array.from({ length: 5 }, () => entryOf({ usage_source: 'estimated', status: null }));
      const results = Promise.allSettled(entries.map((entry) => ledger.intend(entry)));
      await new Promise((resolve) => setTimeout(resolve, i));
      way.cut();
      refused.push(
        ...(await results).flatMap(({ status }, n) => (status === 'rejected' ? [entries[n]!.id] : [])),
      );
      way.mend();
      await until(() => ledger.stats.isUp);
    }
    expect(refused.length).toBeGreaterThan(0);
    const billed = () =>
      ground.rows(
        `select from ledger.entries i where id = any($1) and phase = 0 and not exists (
           select from ledger.entries s where s.id = i.id and s.phase = 1 and s.cost_micros = 0)`,
        [refused],
      );
    await until(async () => (await billed()).length === 0);
    expect(ledger.stats.spool.kept).toBeGreaterThan(0);
  });

  it('loses no settlement and doubles none while the way is cut again and again', async () => {
    const way = fragileWay();
    const ledger = await openLedger({ connect: way.connect });
    const settled: string[] = [];
    let isOn = true;
    const writers = Array.from({ length: 8 }, async () => {
      while (isOn) {
        const entry = entryOf();
        await ledger.settle(entry);
        settled.push(entry.id);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
    for (let i = 0; i < 6; i++) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      way.cut();
      await new Promise((resolve) => setTimeout(resolve, 20));
      way.mend();
    }
    isOn = false;
    await Promise.all(writers);
    await until(async () => (await rowsOf(...settled)).length === settled.length);
    expect(ledger.stats.spool.kept).toBeGreaterThan(0);
  });

  it.skipIf(!process.env.TEST_DATABASE_URL)(
    'waits for a database that hangs no longer than a statement may take',
    async () => {
      const ledger = await openLedger({ statementTimeoutMs: 300 });
      const owner = await ground.cluster.admin.connect();
      await owner.query('begin; lock table ledger.entries in access exclusive mode');
      const startedAt = performance.now();
      const entry = entryOf();
      await Promise.all([
        expect(ledger.intend(entryOf())).rejects.toBeInstanceOf(LedgerUnavailable),
        ledger.settle(entry),
      ]);
      expect(performance.now() - startedAt).toBeLessThan(1_500);
      await owner.query('rollback');
      owner.release();
      await until(async () => (await rowsOf(entry.id)).length === 1);
    },
  );
});
