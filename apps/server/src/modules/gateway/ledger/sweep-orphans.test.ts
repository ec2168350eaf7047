// Orphans: calls whose replica died, and the partitions they lie in.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerGround, openLedgerGround } from '../../../../test/open-ledger-ground.ts';
import { newId } from '../../../platform/ids.ts';
import { createLedger, type Entry, type Ledger, type LedgerDeps } from './index.ts';

let ground: LedgerGround;
const opened: Ledger[] = [];
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

const intentOf = (replicaId: string, more: Partial<Entry> = {}): Entry => ({
  id: newId(),
  attempt: 1,
  organization_id: newId(),
  workspace_id: null,
  actor_kind: 'member',
  actor_id: newId(),
  replica_id: replicaId,
  surface: 'embeddings',
  provider: 'openai',
  credential_id: newId(),
  requested_model: 'm',
  upstream_model: 'm',
  input_tokens: 100,
  cached_input_tokens: 0,
  output_tokens: 4_096,
  reasoning_tokens: 0,
  cost_micros: 777,
  currency: 'USD',
  price_version: 1,
  usage_source: 'estimated',
  status: null,
  streamed: true,
  latency_ms: null,
  first_byte_ms: null,
  route_id: null,
  variant: null,
  failure: null,
  cache: null,
  ...more,
});

const phasesOf = async (id: string) =>
  (
    await ground.rows<{ phase: number }>('select phase from ledger.entries where id = $1 order by phase', [
      id,
    ])
  ).map((row) => row.phase);
const beat = (replicaId: string, age: string) =>
  ground.rows('insert into platform.replicas (id, heartbeat_at) values ($1, now() - $2::interval)', [
    replicaId,
    age,
  ]);

describe('the sweep', () => {
  it('settles the intents of dead replicas as estimated, and leaves those of the living', async () => {
    const ledger = await openLedger();
    const [dead, stale, alive, self] = [newId(), newId(), newId(), newId()];
    await beat(stale, '20 seconds');
    await beat(alive, '2 seconds');
    const intents = [dead, stale, alive, self].map((replica) => intentOf(replica));
    await Promise.all(intents.map((intent) => ledger.intend(intent)));
    expect(await ledger.sweep([self])).toBe(2);
    expect(await Promise.all(intents.map(({ id }) => phasesOf(id)))).toEqual([[0, 2], [0, 2], [0], [0]]);
    const [swept] = await ground.rows('select * from ledger.calls where id = $1', [intents[0]!.id]);
    expect(swept).toMatchObject({
      usage_source: 'estimated',
      cost_micros: 777,
      status: null,
      output_tokens: 4_096,
    });
    expect(await ledger.sweep([self])).toBe(0);
  });

  it('settles an orphan once when replicas sweep at the same moment', async () => {
    const [one, other] = await Promise.all([openLedger(), openLedger()]);
    const intents = Array.from({ length: 300 }, () => intentOf(newId()));
    await Promise.all(intents.map((intent) => one.intend(intent)));
    const counts = await Promise.all([one, other, one, other].map((ledger) => ledger.sweep([])));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(300);
    const twice = await ground.rows(
      'select id from ledger.entries where phase > 0 group by id, attempt having count(*) > 1',
    );
    expect(twice).toEqual([]);
    for (const { id } of intents.slice(0, 3)) expect(await phasesOf(id)).toEqual([0, 2]);
  });

  it('leaves what is settled alone, and a late settlement does not bill twice', async () => {
    const ledger = await openLedger();
    const settled = intentOf(newId());
    const late = intentOf(newId());
    await Promise.all([ledger.intend(settled), ledger.intend(late)]);
    await ledger.settle({ ...settled, status: 200, usage_source: 'provider' });
    await ledger.sweep([]);
    await ledger.settle({ ...late, status: 200, usage_source: 'provider' });
    expect(await phasesOf(settled.id)).toEqual([0, 1]);
    expect(await phasesOf(late.id)).toEqual([0, 2]);
  });

  it('settles an intent older than the longest call even of a living replica', async () => {
    const ledger = await openLedger({ longestCallMs: 1_000 });
    const intent = intentOf(newId());
    await ledger.intend(intent);
    await ledger.sweep([intent.replica_id]);
    expect(await phasesOf(intent.id)).toEqual([0]);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await ledger.sweep([intent.replica_id]);
    expect(await phasesOf(intent.id)).toEqual([0, 2]);
  });

  it('waits after the database came, so that the living can say so', async () => {
    let now = 1_000_000;
    const ledger = await openLedger({ clock: { now: () => now }, sweepGraceMs: 20_000 });
    const intent = intentOf(newId());
    await ledger.intend(intent);
    await ledger.sweep([]);
    expect(await phasesOf(intent.id)).toEqual([0]);
    now += 20_000;
    await ledger.sweep([]);
    expect(await phasesOf(intent.id)).toEqual([0, 2]);
  });
});

describe('partitions', () => {
  it('are made for the coming months, once, and take over the rows that came early', async () => {
    const ledger = await openLedger();
    expect(await ledger.makePartitions(2)).toBe(0); // the migration made them
    const inFiveMonths = new Date();
    inFiveMonths.setUTCDate(15);
    inFiveMonths.setUTCMonth(inFiveMonths.getUTCMonth() + 5);
    const early = intentOf(newId(), { id: newId(inFiveMonths.getTime()) });
    await ledger.intend(early);
    const placeOf = async () =>
      (
        await ground.rows('select tableoid::regclass::text as place from ledger.entries where id = $1', [
          early.id,
        ])
      )[0];
    expect(await placeOf()).toEqual({ place: 'ledger.entries_default' });
    const made = await Promise.all([ledger.makePartitions(5), ledger.makePartitions(5)]);
    expect(made.toSorted()).toEqual([0, 3]);
    const month = inFiveMonths.toISOString().slice(0, 7).replace('-', '_');
    expect(await placeOf()).toEqual({ place: `ledger.entries_${month}` });
    await ledger.settle({ ...early, status: 200 });
    await ledger.settle({ ...early, status: 500 });
    expect(await phasesOf(early.id)).toEqual([0, 1]);
  });
});
