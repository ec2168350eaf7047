import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GovernanceGround, openGovernanceGround } from '../../../../test/open-governance-ground.ts';
import { type Actor, PLATFORM_ORGANIZATION, systemActor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { createSealer } from './create-sealer.ts';
import { listEvents } from './list-events.ts';

let ground: GovernanceGround;
beforeAll(async () => {
  ground = await openGovernanceGround();
});
afterAll(() => ground?.close());

const sealNow = (actor: Actor) => ground.one.governance.sealer.sealNow(actor.organization_id);
const verify = (actor: Actor, known?: { seq: number; hash: string }) =>
  ground.one.governance.audit.verify(actor, { organizationId: actor.organization_id, known });

/** Writes events in transactions of `each`. */
async function write(actor: Actor, count: number, each = 1): Promise<void> {
  for (let n = 0; n < count; n += each)
    await ground.one.db.as(actor, async (tx) => {
      for (let k = n; k < Math.min(count, n + each); k++)
        await ground.one.events.announce(tx, actor, {
          type: 'note.written',
          subject_type: 'note',
          subject_id: `note-${k}`,
          details: { n: k, price: 0.1, text: 'höher \u2028 \u{1f3db}', nested: { b: [1, null], a: true } },
        });
    });
}

async function seqs(actor: Actor): Promise<(number | null)[]> {
  const { data } = await listEvents(ground.one, actor, { limit: 100 });
  return data.map((event) => event.seq);
}

describe('sealing', () => {
  it('puts an event into the chain within a second of its commit, on any server', async () => {
    const actor = await ground.makeOrganization('dedicated');
    const sealer = createSealer(ground.two);
    sealer.start();
    try {
      // What the sweep at the start finds is over before the event is written: this is about the notice.
      await expect.poll(() => seqs(actor), { timeout: 5_000 }).not.toContain(null);
      await write(actor, 1);
      const committedAt = performance.now();
      while ((await seqs(actor)).includes(null) && performance.now() - committedAt < 5_000) await sleep(20);
      expect(performance.now() - committedAt).toBeLessThan(1_000);
      expect(await verify(actor)).toMatchObject({ ok: true, unsealed: 0 });
    } finally {
      await sealer.stop();
    }
  });

  it('finds events whose notice nobody heard, in every schema', async () => {
    const actors = [await ground.makeOrganization(), await ground.makeOrganization('dedicated')];
    const deaf = { ...ground.one.db, invalidation: { ...ground.one.db.invalidation, onChange: () => {} } };
    const sealer = createSealer({ ...ground.one, db: deaf, sweepMs: 50, restMs: 5 });
    sealer.start();
    try {
      for (const actor of actors) {
        await write(actor, 1);
        await expect.poll(() => seqs(actor), { timeout: 5_000 }).not.toContain(null);
      }
    } finally {
      await sealer.stop();
    }
  });

  it('by several servers at once seals every event once, in one chain', async () => {
    const actor = await ground.makeOrganization();
    const sealers = [ground.one, ground.two, ground.one].map((server) => createSealer(server));
    let writing = true;
    const seals = sealers.map(async (sealer) => {
      while (writing) await sealer.sealNow(actor.organization_id);
    });
    await Promise.all([write(actor, 60), write(actor, 60), write(actor, 60, 20)]);
    writing = false;
    await Promise.all(seals);
    await sealNow(actor);
    const found = await verify(actor);
    expect(found).toMatchObject({ ok: true, unsealed: 0, first_problem: null });
    expect(found.sealed).toBe(found.events);
    expect(found.sealed).toBeGreaterThanOrEqual(180);
  });

  it('signs a checkpoint at least every 500 events and over every end', async () => {
    const actor = await ground.makeOrganization();
    await sealNow(actor);
    await write(actor, 1_203, 401);
    expect(await sealNow(actor)).toBe(1_203);
    const found = await verify(actor);
    expect(found).toMatchObject({ ok: true, events: found.sealed, checkpoint: { seq: found.sealed } });
    const rows = await ground.owner<{ seq: number }>(
      'select seq from event_checkpoints where organization_id = $1 order by seq',
      [actor.organization_id],
    );
    const gaps = rows.map((row, at) => row.seq - (rows[at - 1]?.seq ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(500);
  });

  it('is not stopped by a forged entry among those that wait', async () => {
    const actor = await ground.makeOrganization();
    await sealNow(actor);
    await ground.owner(
      `insert into events_unsealed select organization_id, event_id from event_seals where organization_id = $1`,
      [actor.organization_id],
    );
    await write(actor, 2);
    expect(await sealNow(actor)).toBe(2);
    expect(await verify(actor)).toMatchObject({ ok: true });
  });

  it("holds for the platform's own trail", async () => {
    await ground.makeOrganization();
    const platform = systemActor(PLATFORM_ORGANIZATION);
    expect(await sealNow(platform)).toBeGreaterThan(0);
    expect(await verify(platform)).toMatchObject({ ok: true, first_problem: null });
    const { data } = await ground.one.governance.audit.listOfPlatform({ limit: 5, type: 'trail.' });
    expect(data[0]).toMatchObject({ type: 'trail.verified', seq: null });
  });
});

describe('a tenant', () => {
  it.each(['pooled', 'dedicated'] as const)(
    'cannot change, delete or empty its trail, even by SQL through the door (%s)',
    async (placement) => {
      const actor = await ground.makeOrganization(placement);
      await sealNow(actor);
      const { sql } = await import('kysely');
      const statements = [
        sql`update events set details = '{}'`,
        sql`delete from events`,
        sql`truncate events`,
        sql`update event_seals set seq = seq + 1`,
        sql`delete from event_seals`,
        sql`delete from event_checkpoints`,
        sql`update event_checkpoints set signature = ''`,
        sql`drop trigger append_only on events`,
        sql`alter table events disable trigger append_only`,
      ];
      for (const statement of statements)
        await expect(ground.one.db.as(actor, (tx) => statement.execute(tx))).rejects.toMatchObject({
          code: '42501',
        });
      expect(await verify(actor)).toMatchObject({ ok: true });
    },
  );

  it('sees no event of another, and bound to a workspace none of the rest', async () => {
    const [ann, bob] = [await ground.makeOrganization(), await ground.makeOrganization()];
    await write(ann, 1);
    const { data: all } = await listEvents(ground.one, ann, { limit: 100 });
    const workspace = all.find((event) => event.type === 'workspace.created')!.subject.id;
    const bound = { ...ann, workspaces: [workspace] };
    const { data: few } = await listEvents(ground.one, bound, { limit: 100 });
    expect(few.map((event) => event.workspace_id)).toEqual(few.map(() => workspace));
    expect(few.length).toBeGreaterThan(0);
    expect(few.length).toBeLessThan(all.length);
    const { data: others } = await listEvents(ground.one, bob, { limit: 100 });
    expect(others.filter((event) => all.some(({ id }) => id === event.id))).toEqual([]);
    const { audit } = ground.one.governance;
    const refused = { code: 'whole_organization_needed', status: 403 };
    await expect(verify(bound)).rejects.toMatchObject(refused);
    await expect(audit.openExport(bound, ann.organization_id)).rejects.toMatchObject(refused);
  });
});

describe('the list of events', () => {
  it('narrows by type, beginning of type, actor, subject, workspace and time, page by page', async () => {
    const actor = { ...(await ground.makeOrganization()), id: newId() };
    await sleep(5); // times here have milliseconds, those of events microseconds
    const from = new Date().toISOString();
    await write(actor, 5);
    const list = (filter: object) => listEvents(ground.one, actor, { limit: 100, ...filter });
    const types = async (filter: object) => (await list(filter)).data.map((event) => event.type);
    expect(await types({ type: 'note.written' })).toHaveLength(5);
    expect(await types({ type: 'note.' })).toHaveLength(5);
    expect(await types({ type: 'note' })).toEqual([]);
    expect(new Set(await types({ type: 'workspace.' }))).toEqual(new Set(['workspace.created']));
    expect(await types({ actor_id: actor.id })).toHaveLength(5);
    expect(await types({ subject_id: 'note-3' })).toEqual(['note.written']);
    expect(await types({ workspace_id: newId() })).toEqual([]);
    expect(await types({ from })).toHaveLength(5);
    expect(await types({ to: from })).not.toContain('note.written');
    expect(await types({ from: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
    const ids: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await listEvents(ground.one, actor, { limit: 2, type: 'note.', cursor });
      ids.push(...page.data.map((event) => event.id));
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect(ids).toEqual((await list({ type: 'note.' })).data.map((event) => event.id));
    expect(ids).toEqual([...ids].sort().reverse());
  });
});
