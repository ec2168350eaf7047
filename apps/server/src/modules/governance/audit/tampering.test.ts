import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GovernanceGround, openGovernanceGround } from '../../../../test/open-governance-ground.ts';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { createSigner } from '../../../platform/keys/index.ts';
import { GENESIS, hashEvent } from '../chain/hash-event.ts';
import { signCheckpoint } from '../chain/sign-checkpoint.ts';
import { listSeals } from './store.ts';
import { verifyTrail } from './verify-trail.ts';

let ground: GovernanceGround;
let actor: Actor;
let organization: string;
beforeAll(async () => {
  ground = await openGovernanceGround();
});
afterAll(() => ground?.close());

const stranger = createSigner({ secret: 'Zk3v9Qw8LrT5yXn2Bm7Hs4Jd6Fg1PcUaEoRiVtYx' });
/** What only the owner of the tables can do, with the guards of the tables off. */
const tamper = (text: string, ...values: unknown[]) =>
  ground.owner(text, [organization, ...values]).then(() => {});
const verify = (known?: { seq: number; hash: string }) =>
  verifyTrail(
    { db: ground.one.db, trustedKeys: [ground.one.signer.jwk()] },
    { organizationId: organization, known },
  );

/** A sealed trail of 12 events with checkpoints at 4 (or less), 8 and 12. */
async function makeTrail(): Promise<void> {
  actor = await ground.makeOrganization();
  organization = actor.organization_id;
  const { sealer } = ground.one.governance;
  let sealed = await sealer.sealNow(organization);
  while (sealed < 12) {
    const count = 4 - (sealed % 4);
    await ground.one.db.as(actor, async (tx) => {
      for (let n = 0; n < count; n++) await announce(tx, `note-${sealed + n}`);
    });
    sealed += await sealer.sealNow(organization);
  }
}

const announce = (tx: Parameters<GovernanceGround['one']['events']['announce']>[0], subject: string) =>
  ground.one.events.announce(tx, actor, {
    type: 'note.written',
    subject_type: 'note',
    subject_id: subject,
    details: { text: 'as it was' },
  });

/** Recomputes all hashes from `from` on, as somebody would who knows how the chain works. */
async function rewriteChain(from: number): Promise<void> {
  const seals = await ground.one.db.as(actor, (tx) =>
    listSeals(tx, organization, { after: 0, upTo: 1_000, limit: 1_000 }),
  );
  let hash = GENESIS;
  for (const { seq, event } of seals) {
    hash = hashEvent(hash, seq, event!);
    if (seq >= from)
      await tamper('update event_seals set hash = $3 where organization_id = $1 and seq = $2', seq, hash);
  }
}

const sealedBy = '(select event_id from event_seals where organization_id = $1 and seq = $2)';

describe('verification', () => {
  it('finds nothing wrong with a trail nobody touched, and says where it ends', async () => {
    await makeTrail();
    const found = await verify();
    expect(found).toMatchObject({ ok: true, events: 12, sealed: 12, unsealed: 0, first_problem: null });
    expect(await verify(found.checkpoint!)).toMatchObject({ ok: true });
  });

  it.each([
    ['details = \'{"text": "as it never was"}\''],
    ["at = at + interval '1 microsecond'"],
    ["type = 'note.burnt'"],
    ["actor_name = 'somebody else'"],
    ['actor_id = gen_random_uuid()'],
    ["actor_kind = 'operator'"],
    ["subject_id = 'other'"],
    ["subject_type = 'other'"],
    ['workspace_id = gen_random_uuid()'],
    ['request_id = gen_random_uuid()'],
    ["ip = '192.0.2.1'"],
  ])('finds a changed event: %s', async (change) => {
    await makeTrail();
    await tamper(`update events set ${change} where organization_id = $1 and id = ${sealedBy}`, 6);
    expect(await verify()).toMatchObject({
      ok: false,
      first_problem: { seq: 6, problem: 'hash_differs' },
    });
  });

  it.each([1, 7, 12])('finds a deleted event (%i of 12)', async (seq) => {
    await makeTrail();
    await tamper(`delete from events where organization_id = $1 and id = ${sealedBy}`, seq);
    expect(await verify()).toMatchObject({ ok: false, first_problem: { seq, problem: 'event_missing' } });
  });

  it.each([1, 7, 12])('finds a deleted seal (%i of 12)', async (seq) => {
    await makeTrail();
    await tamper('delete from event_seals where organization_id = $1 and seq = $2', seq);
    const found = await verify();
    expect(found).toMatchObject({ ok: false, first_problem: { seq, problem: 'seal_missing' } });
  });

  it('finds an event cut out with the seals behind it closed up', async () => {
    await makeTrail();
    await tamper(`delete from events where organization_id = $1 and id = ${sealedBy}`, 10);
    await tamper('delete from event_seals where organization_id = $1 and seq = $2', 10);
    for (const seq of [11, 12])
      await tamper('update event_seals set seq = seq - 1 where organization_id = $1 and seq = $2', seq);
    expect(await verify()).toMatchObject({ first_problem: { seq: 10, problem: 'hash_differs' } });
  });

  it('finds an inserted event', async () => {
    await makeTrail();
    const id = newId();
    await tamper(
      `insert into events (organization_id, id, type, actor_kind, subject_type, subject_id)
       values ($1, $2, 'note.written', 'system', 'note', 'slipped in')`,
      id,
    );
    expect(await verify()).toMatchObject({
      ok: false,
      first_problem: { seq: null, event_id: id, problem: 'event_unaccounted' },
    });
  });

  it('finds an event taken off the list of those that wait, and one deleted before it was sealed', async () => {
    await makeTrail();
    await ground.one.db.as(actor, (tx) => announce(tx, 'one'));
    await tamper('delete from events_unsealed where organization_id = $1');
    expect(await verify()).toMatchObject({ first_problem: { problem: 'event_unaccounted' } });
    await makeTrail();
    await ground.one.db.as(actor, (tx) => announce(tx, 'two'));
    await tamper("delete from events where organization_id = $1 and subject_id = 'two'");
    await ground.one.governance.sealer.sealNow(organization);
    expect(await verify()).toMatchObject({ first_problem: { problem: 'event_missing' } });
  });

  it('finds two events that changed places', async () => {
    await makeTrail();
    const [six, seven] = await ground.owner<{ event_id: string }>(
      'select event_id from event_seals where organization_id = $1 and seq in (6, 7) order by seq',
      [organization],
    );
    const move = 'update event_seals set event_id = $3 where organization_id = $1 and seq = $2';
    await tamper(move, 6, newId());
    await tamper(move, 7, six!.event_id);
    await tamper(move, 6, seven!.event_id);
    expect(await verify()).toMatchObject({ first_problem: { seq: 6, problem: 'hash_differs' } });
  });

  it('finds a chain computed anew over a changed event, by what was signed', async () => {
    await makeTrail();
    await tamper(`update events set details = '{}' where organization_id = $1 and id = ${sealedBy}`, 6);
    await rewriteChain(6);
    expect(await verify()).toMatchObject({ first_problem: { seq: 8, problem: 'chain_rewritten' } });
  });

  it('finds a checkpoint changed, signed by somebody else, or put at another place', async () => {
    const change =
      'update event_checkpoints set signature = $3, hash = $4, signing_key = $5 where organization_id = $1 and seq = $2';
    const forge = async (signer: typeof stranger, kid: string) => {
      await makeTrail();
      await tamper(`update events set details = '{}' where organization_id = $1 and id = ${sealedBy}`, 12);
      await rewriteChain(12);
      const [row] = await ground.owner<{ hash: Buffer }>(
        'select hash from event_seals where organization_id = $1 and seq = 12',
        [organization],
      );
      const nowMs = Date.now();
      const forged = signCheckpoint(signer, {
        organizationId: organization,
        seq: 12,
        hash: row!.hash,
        nowMs,
      });
      await tamper(change, 12, forged.signature, row!.hash, kid);
      return (await verify()).first_problem;
    };
    expect(await forge(stranger, stranger.kid)).toMatchObject({ seq: 12, problem: 'checkpoint_key_unknown' });
    expect(await forge(stranger, ground.one.signer.kid)).toMatchObject({ problem: 'checkpoint_forged' });
    await makeTrail();
    await tamper('update event_checkpoints set seq = 7 where organization_id = $1 and seq = 8');
    expect(await verify()).toMatchObject({ first_problem: { seq: 7, problem: 'checkpoint_forged' } });
  });

  it('finds that the signature over the end is gone', async () => {
    await makeTrail();
    await tamper('delete from event_checkpoints where organization_id = $1 and seq = 12');
    expect(await verify()).toMatchObject({ first_problem: { seq: 12, problem: 'checkpoint_missing' } });
  });

  it('finds a trail cut back to an earlier end by a checkpoint noted before', async () => {
    await makeTrail();
    const noted = (await verify()).checkpoint!;
    for (const table of ['event_checkpoints', 'event_seals'])
      await tamper(`delete from ${table} where organization_id = $1 and seq > 8`);
    await tamper(
      'delete from events e where organization_id = $1 and not exists (select from event_seals s where s.event_id = e.id)',
    );
    expect(await verify()).toMatchObject({ ok: true, sealed: 8 });
    expect(await verify(noted)).toMatchObject({ first_problem: { seq: 9, problem: 'seal_missing' } });
  });
});
