import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type GovernanceGround,
  type GovernanceServer,
  openGovernanceGround,
} from '../../../../test/open-governance-ground.ts';
import type { Actor } from '../../../platform/actor.ts';
import { leadWork } from '../../../platform/db/lead-work.ts';
import { newId } from '../../../platform/ids.ts';
import { createSecrets } from '../../../platform/keys/create-secrets.ts';
import { readSealedVersion } from '../../../platform/keys/index.ts';
import { listEvents } from '../audit/list-events.ts';
import { KEY_AGE_MS } from './create-rotation.ts';
import { createSealedFields } from './create-sealed-fields.ts';
import { listKeys } from './list-keys.ts';
import { rotateKey } from './rotate-key.ts';
import { type SettleDeps, settleRotation } from './settle-rotation.ts';
import { listByteColumns } from './store.ts';

let ground: GovernanceGround;
beforeAll(async () => {
  ground = await openGovernanceGround();
});
afterAll(() => ground?.close());

const placeOf = (id: string) => ({ table: 'credentials', column: 'secret', row_id: id });

async function addSecret(server: GovernanceServer, actor: Actor, text: string): Promise<string> {
  const id = newId();
  const sealed = await server.secrets.seal(actor.organization_id, placeOf(id), Buffer.from(text));
  await server.db.as(actor, (tx) =>
    sql`insert into credentials (organization_id, id, name, provider, base_url, secret)
      values (${actor.organization_id}, ${id}, 'c', 'openai', 'https://example.com', ${sealed})`.execute(tx),
  );
  return id;
}

async function sealedOf(actor: Actor, id: string): Promise<Buffer> {
  const { rows } = await ground.one.db.as(actor, (tx) =>
    sql<{ secret: Buffer }>`select secret from credentials where id = ${id}`.execute(tx),
  );
  return rows[0]!.secret;
}

async function readSecret(server: GovernanceServer, actor: Actor, id: string): Promise<string> {
  const sealed = await sealedOf(actor, id);
  return (await server.secrets.open(actor.organization_id, placeOf(id), sealed)).toString();
}

const rotate = (actor: Actor, key?: string) =>
  rotateKey(ground.one, actor, { organizationId: actor.organization_id, key });
const settle = (actor: Actor, change: Partial<SettleDeps> = {}) =>
  settleRotation(
    { ...ground.one, sealedFields: createSealedFields(), graceMs: 0, ...change },
    actor.organization_id,
  );

async function states(actor: Actor): Promise<Record<number, string>> {
  const { data } = await listKeys(ground.one, actor, { limit: 100 });
  return Object.fromEntries(data.map((key) => [key.version, key.state]));
}

describe('a rotation', () => {
  it('never makes a reader fail, while two servers read and write', async () => {
    const actor = await ground.makeOrganization();
    const texts = new Map<string, string>();
    const save = async (server: GovernanceServer) => {
      const text = randomBytes(8).toString('hex');
      texts.set(await addSecret(server, actor, text), text);
    };
    for (let n = 0; n < 30; n++) await save(ground.one);
    let busy = true;
    let reads = 0;
    const readers = [ground.one, ground.two, ground.two].map(async (server) => {
      while (busy)
        for (const [id, text] of [...texts]) {
          expect(await readSecret(server, actor, id)).toBe(text);
          reads += 1;
        }
    });
    const writer = (async () => {
      while (busy && texts.size < 150) await save(ground.two).then(() => sleep(5));
    })();
    for (let round = 0; round < 3; round++) {
      await rotate(actor);
      await settle(actor, { resealBatch: 4, graceMs: 2_000 });
    }
    const retired = { 1: 'retired', 2: 'retired', 3: 'retired', 4: 'active' };
    const settled = async () => {
      await settle(actor, { resealBatch: 4, graceMs: 2_000 });
      return states(actor);
    };
    await expect.poll(settled, { timeout: 40_000, interval: 200 }).toEqual(retired);
    busy = false;
    await Promise.all([...readers, writer]);
    expect(reads).toBeGreaterThan(100);
    for (const [id, text] of texts) {
      expect(readSealedVersion(await sealedOf(actor, id))).toBe(4);
      expect(await readSecret(ground.two, actor, id)).toBe(text);
    }
  }, 60_000);

  it('is no surprise to a server that has not heard of it', async () => {
    const actor = await ground.makeOrganization();
    const { db, secrets } = ground.two;
    const deaf = { ...db, invalidation: { ...db.invalidation, epochOf: () => 1, fresh: () => true } };
    const behind: GovernanceServer = {
      ...ground.two,
      secrets: createSecrets({ db: deaf, keyring: secrets.keyring }),
    };
    const before = await addSecret(behind, actor, 'before');
    await rotate(actor);
    const after = await addSecret({ ...ground.one, secrets: freshSecrets() }, actor, 'after');
    expect(readSealedVersion(await sealedOf(actor, after))).toBe(2);
    expect(await readSecret(behind, actor, after)).toBe('after');
    expect(await readSecret(behind, actor, before)).toBe('before');
  });

  it('that was interrupted goes on where it stood', async () => {
    const actor = await ground.makeOrganization('dedicated');
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await addSecret(ground.one, actor, `secret ${n}`));
    await rotate(actor);
    let left = createSealedFields().list().length + 2; // each field is looked at, then two batches are sealed again
    const dying: typeof ground.one.db = {
      ...ground.one.db,
      as: (who, work) =>
        ground.one.db.as(who, async (tx) => {
          const done = await work(tx);
          left -= 1;
          if (left < 0) throw new Error('killed before the commit');
          return done;
        }),
    };
    await expect(settle(actor, { db: dying, resealBatch: 3 })).rejects.toThrow('killed');
    const versions = await Promise.all(ids.map(async (id) => readSealedVersion(await sealedOf(actor, id))));
    expect(versions.filter((version) => version === 2)).toHaveLength(6);
    expect(await states(actor)).toEqual({ 1: 'retiring', 2: 'active' });
    for (const [n, id] of ids.entries()) expect(await readSecret(ground.two, actor, id)).toBe(`secret ${n}`);
    expect(await settle(actor, { resealBatch: 3 })).toEqual([]);
    expect(await settle(actor)).toEqual([1]);
    for (const [n, id] of ids.entries()) expect(await readSecret(ground.two, actor, id)).toBe(`secret ${n}`);
    expect(await states(actor)).toEqual({ 1: 'retired', 2: 'active' });
  });

  it('destroys the earlier key, but not before it has sealed nothing for the time of grace', async () => {
    const actor = await ground.makeOrganization();
    await rotate(actor);
    expect(await settle(actor, { graceMs: 60_000 })).toEqual([]);
    const later = { now: () => ground.clock.now() + 61_000 };
    // Sealed by a server that has not heard of the rotation, and found by the scan: the time begins anew.
    const late = await addSecretWith(actor, 1);
    expect(await settle(actor, { graceMs: 60_000, clock: later })).toEqual([]);
    expect(await readSecret(ground.one, actor, late)).toBe('late');
    expect(await settle(actor, { graceMs: 60_000, clock: later })).toEqual([]);
    const muchLater = { now: () => ground.clock.now() + 200_000 };
    expect(await settle(actor, { graceMs: 60_000, clock: muchLater })).toEqual([1]);
    const [row] = await ground.owner<{ wrapped: Buffer }>(
      'select wrapped from organization_keys where organization_id = $1 and version = 1',
      [actor.organization_id],
    );
    expect(row!.wrapped).toHaveLength(0);
    expect(await readSecret(ground.two, actor, late)).toBe('late');
    expect(await readSecret(ground.two, actor, await addSecret(ground.two, actor, 'new'))).toBe('new');
  });

  it('with a key of its own seals with that key, refuses weak ones, and tells nobody the key', async () => {
    const actor = await ground.makeOrganization();
    for (const bad of ['x', Buffer.alloc(32).toString('base64'), randomBytes(16).toString('base64')])
      await expect(rotate(actor, bad)).rejects.toMatchObject({ code: 'key_refused', status: 400 });
    const key = randomBytes(32);
    expect(await rotate(actor, key.toString('base64'))).toMatchObject({ version: 2, origin: 'brought' });
    const id = await addSecret(ground.two, actor, 'mine');
    expect(readSealedVersion(await sealedOf(actor, id))).toBe(2);
    await settle(actor);
    const { data } = await listEvents(ground.one, actor, { limit: 100, type: 'encryption_key.' });
    expect(data.map((event) => event.type)).toEqual(['encryption_key.retired', 'encryption_key.rotated']);
    const trails = JSON.stringify([data, await ground.one.governance.audit.listOfPlatform({ limit: 100 })]);
    expect(trails).toContain('encryption_key.rotated');
    for (const spelling of ['base64', 'hex', 'base64url'] as const)
      expect(trails).not.toContain(key.toString(spelling));
  });

  it('asked for too often at once is refused', async () => {
    const actor = await ground.makeOrganization();
    const asked = await Promise.allSettled(Array.from({ length: 10 }, () => rotate(actor)));
    expect(asked.filter((one) => one.status === 'fulfilled')).toHaveLength(7);
    await expect(rotate(actor)).rejects.toMatchObject({ code: 'too_many_key_versions' });
    expect(Object.values(await states(actor)).filter((state) => state === 'active')).toHaveLength(1);
    await expect(rotateKey(ground.one, actor, { organizationId: newId() })).rejects.toMatchObject({
      code: 'organization_keys_not_found',
      status: 404,
    });
  });
});

/** Secrets with nothing remembered. */
const freshSecrets = () => createSecrets({ db: ground.one.db, keyring: ground.one.secrets.keyring });

/** A secret under an earlier version, as a server with a stale cache would seal it. */
async function addSecretWith(actor: Actor, version: number): Promise<string> {
  const { secrets, db } = ground.one;
  const rows = await db.asPlatform(actor.organization_id, (tx) =>
    secrets.listKeys(tx, actor.organization_id),
  );
  const { seal } = await import('../../../platform/keys/index.ts');
  const row = rows.find((one) => one.version === version)!;
  const key = secrets.keyring.unwrapOrganizationKey(actor.organization_id, version, row.wrapped);
  const id = await addSecret(ground.one, actor, 'late');
  const place = { ...placeOf(id), organization_id: actor.organization_id };
  const sealed = seal(key, place, Buffer.from('late'));
  await db.as(actor, (tx) => sql`update credentials set secret = ${sealed} where id = ${id}`.execute(tx));
  return id;
}

describe('ciphertext', () => {
  it('moved to another row is refused, and keeps the key it names alive', async () => {
    const actor = await ground.makeOrganization();
    const [a, b] = [await addSecret(ground.one, actor, 'a'), await addSecret(ground.one, actor, 'b')];
    await ground.owner(
      'update credentials set secret = (select secret from credentials where id = $1) where id = $2',
      [a, b],
    );
    await expect(readSecret(ground.one, actor, b)).rejects.toMatchObject({ code: 'seal_broken' });
    await rotate(actor);
    const nowMs = ground.clock.now();
    for (let n = 0; n < 2; n++) expect(await settle(actor, { clock: { now: () => nowMs } })).toEqual([]);
    expect(await states(actor)).toEqual({ 1: 'retiring', 2: 'active' });
    expect(await readSecret(ground.one, actor, a)).toBe('a');
    await expect(readSecret(ground.one, actor, b)).rejects.toMatchObject({ code: 'seal_broken' });
    await ground.owner('delete from credentials where id = $1', [b]);
    expect(await settle(actor)).toEqual([1]);
  });

  it('of kept answers is moved along, and dropped when nothing opens it', async () => {
    const actor = await ground.makeOrganization();
    const who = newId();
    const answer = (key: string, rowId: string) =>
      ground.one.secrets
        .seal(
          actor.organization_id,
          { table: 'idempotency', column: 'answer', row_id: rowId },
          Buffer.from(key),
        )
        .then((sealed) =>
          ground.one.db.as(actor, (tx) =>
            sql`insert into idempotency (organization_id, actor_id, key, digest, status, answer)
              values (${actor.organization_id}, ${who}, ${key}, '', 201, ${sealed})`.execute(tx),
          ),
        );
    await answer('good', `${who}/good`);
    await answer('moved', `${who}/elsewhere`);
    await rotate(actor);
    expect(await settle(actor)).toEqual([]);
    expect(await settle(actor)).toEqual([1]);
    const { rows } = await ground.one.db.as(actor, (tx) =>
      sql<{ key: string; answer: Buffer | null }>`select key, answer from idempotency order by key`.execute(
        tx,
      ),
    );
    expect(rows[1]).toEqual({ key: 'moved', answer: null });
    const place = { table: 'idempotency', column: 'answer', row_id: `${who}/good` };
    const opened = await ground.two.secrets.open(actor.organization_id, place, rows[0]!.answer!);
    expect(opened.toString()).toBe('good');
  });
});

describe('the register of sealed fields', () => {
  it('knows every column of bytes in the tables of an organization', async () => {
    for (const placement of ['pooled', 'dedicated'] as const) {
      const columns = await ground.one.db.as(await ground.makeOrganization(placement), listByteColumns);
      expect(columns.length).toBeGreaterThan(5);
      expect(createSealedFields().listUnknown(columns)).toEqual([]);
    }
  });

  it('that misses a column keeps earlier keys from being destroyed', async () => {
    const actor = await ground.makeOrganization();
    await ground.owner('alter table credentials add column forgotten bytea');
    await rotate(actor);
    expect(await settle(actor)).toEqual([]);
    const sealedFields = createSealedFields();
    sealedFields.add({ table: 'credentials', column: 'forgotten', key: ['id'], whenBroken: 'keep' });
    expect(await settle(actor, { sealedFields })).toEqual([1]);
    await ground.owner('alter table credentials drop column forgotten');
  });
});

describe('the daily check', () => {
  it('rotates keys older than 90 days, once, however many servers check', async () => {
    const [old, young] = [await ground.makeOrganization(), await ground.makeOrganization()];
    const age = (actor: Actor, ms: number) =>
      ground.owner('update organization_keys set created_at = $2 where organization_id = $1', [
        actor.organization_id,
        new Date(ground.clock.now() - ms),
      ]);
    await age(old, KEY_AGE_MS + 60_000);
    await age(young, KEY_AGE_MS - 60_000);
    const id = await addSecret(ground.one, old, 'aged');
    await Promise.all([ground.one, ground.two].map((server) => server.governance.rotation.check()));
    await ground.one.governance.rotation.check();
    expect(await states(old)).toEqual({ 1: 'retiring', 2: 'active' });
    expect(await states(young)).toEqual({ 1: 'active' });
    expect(readSealedVersion(await sealedOf(old, id))).toBe(2);
    expect(await readSecret(ground.two, old, id)).toBe('aged');
  });

  it.runIf(process.env.TEST_DATABASE_URL)('is made by one server at a time', async () => {
    let atOnce = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++atOnce);
      await sleep(200);
      atOnce -= 1;
    };
    const led = await Promise.all(
      [ground.one, ground.two, ground.one].map((server) =>
        leadWork(server.db.clusters.get('main'), 'a test', work),
      ),
    );
    expect(most).toBe(1);
    expect(led.filter(Boolean)).toHaveLength(1);
    expect(await leadWork(ground.two.db.clusters.get('main'), 'a test', work)).toBe(true);
  });
});
