import { type TrailOptions, verifyTrail } from '@insula/cli/verify-trail';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GovernanceGround, openGovernanceGround } from '../../../../test/open-governance-ground.ts';
import type { Actor } from '../../../platform/actor.ts';
import { createSigner } from '../../../platform/keys/index.ts';
import { type ChainEvent, GENESIS, hashEvent } from '../chain/hash-event.ts';
import { signCheckpoint } from '../chain/sign-checkpoint.ts';

let ground: GovernanceGround;
beforeAll(async () => {
  ground = await openGovernanceGround();
});
afterAll(() => ground?.close());

async function download(actor: Actor): Promise<string> {
  const { audit } = ground.one.governance;
  let text = '';
  for await (const some of await audit.openExport(actor, actor.organization_id)) text += some;
  return text;
}

const check = (text: string, options?: TrailOptions) => verifyTrail(text.split('\n').slice(0, -1), options);

async function makeTrail(): Promise<{ actor: Actor; text: string }> {
  const actor = await ground.makeOrganization();
  for (const text of ['plain', 'höher \u2028 \u{1f3db} "\\', ''])
    await ground.one.db.as(actor, (tx) =>
      ground.one.events.announce(tx, actor, {
        type: 'note.written',
        subject_type: 'note',
        subject_id: 'n',
        details: { text, numbers: [0.1, 1e21, -0, 1e-7, 12345678901], ä: { z: null, a: [], '': {} } },
      }),
    );
  return { actor, text: await download(actor) };
}

describe('a downloaded trail', () => {
  it('is verified by a program that shares no code with the server', async () => {
    const { actor, text } = await makeTrail();
    const { kid } = ground.one.signer;
    const report = await check(text, { keys: [kid] });
    expect(report).toMatchObject({ ok: true, trusted: true, signed_by: [kid], first_problem: null });
    expect(report.organization_id).toBe(actor.organization_id);
    const here = await ground.one.governance.audit.verify(actor, { organizationId: actor.organization_id });
    expect(here).toMatchObject({ ok: true, sealed: report.events });
    expect(here.checkpoint).toMatchObject(report.head);
    expect(text).toContain('"trail.exported"');
    expect(await check(text)).toMatchObject({ ok: true, trusted: false });
    const later = await download(actor);
    expect(await check(later, { known: report.head })).toMatchObject({ ok: true });
  });

  it('is refused with any single byte of it changed', async () => {
    const bytes = Buffer.from((await makeTrail()).text);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ 1;
      const report = await check(changed.toString('utf8'));
      expect(report.ok, `byte ${at}: ${bytes.subarray(Math.max(0, at - 20), at + 20)}`).toBe(false);
    }
  });

  it('is refused with any line missing, doubled or moved', async () => {
    const lines = (await makeTrail()).text.split('\n').slice(0, -1);
    const refused = async (changed: string[]) => expect((await verifyTrail(changed)).ok).toBe(false);
    for (const at of lines.keys()) {
      await refused(lines.filter((_, n) => n !== at));
      await refused([...lines.slice(0, at), lines[at]!, ...lines.slice(at)]);
      if (at > 0)
        await refused([...lines.slice(0, at - 1), lines[at]!, lines[at - 1]!, ...lines.slice(at + 1)]);
    }
    expect((await verifyTrail(lines.slice(0, -1))).first_problem).toMatchObject({ problem: 'cut_off' });
  });

  it('made up and signed by somebody else is refused when the right key is named', async () => {
    const { actor, text } = await makeTrail();
    const forger = createSigner({ secret: 'Zk3v9Qw8LrT5yXn2Bm7Hs4Jd6Fg1PcUaEoRiVtYx' });
    const forged = forge(text, actor.organization_id, forger);
    expect(await check(forged)).toMatchObject({ ok: true, trusted: false, signed_by: [forger.kid] });
    expect(await check(forged, { keys: [ground.one.signer.kid] })).toMatchObject({
      ok: false,
      first_problem: { problem: 'checkpoint_key_unknown' },
    });
  });

  it('cut back to an earlier end is found by a place noted before', async () => {
    const { actor, text } = await makeTrail();
    const { head } = await check(text);
    const later = await check(await download(actor));
    expect(later.head.seq).toBeGreaterThan(head.seq);
    expect(await check(text, { known: later.head })).toMatchObject({
      first_problem: { problem: 'seal_missing' },
    });
    const known = { seq: head.seq, hash: 'ab'.repeat(32) };
    expect(await check(text, { known })).toMatchObject({ first_problem: { problem: 'chain_rewritten' } });
  });
});

/** The same trail under one changed event, hashed and signed anew with another key. */
function forge(text: string, organizationId: string, signer: ReturnType<typeof createSigner>): string {
  let hash = GENESIS;
  let seq = 0;
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return lines
    .map((line) => {
      if (line.kind === 'trail') return { ...line, keys: [pick(signer.jwk())] };
      if (line.kind === 'event') {
        seq = line.seq;
        const event = seq === 2 ? { ...line.event, details: { forged: true } } : line.event;
        hash = hashEvent(hash, seq, event);
        return { ...line, event, hash: hash.toString('hex') };
      }
      if (line.kind !== 'checkpoint') return line;
      const made = signCheckpoint(signer, { organizationId, seq, hash, nowMs: 0 });
      const { signature, signing_key, at } = made;
      return { ...line, hash: made.hash, at, signing_key, signature: signature.toString('base64url') };
    })
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

const pick = ({ kty, crv, x, kid }: ReturnType<ReturnType<typeof createSigner>['jwk']>) => ({
  kty,
  crv,
  x,
  kid,
});

describe('the canonical form', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 12 });
  const details = fc.dictionary(word, fc.jsonValue({ stringUnit: 'grapheme' })) as fc.Arbitrary<
    Record<string, unknown>
  >;

  it('is the same to the server and to the independent verifier, whatever an event holds', async () => {
    const signer = createSigner({ secret: 'Zk3v9Qw8LrT5yXn2Bm7Hs4Jd6Fg1PcUaEoRiVtYx' });
    const organizationId = '018f0000-0000-7000-8000-000000000001';
    await fc.assert(
      fc.asyncProperty(details, word, fc.option(word), async (held, subject, ip) => {
        const event: ChainEvent = {
          ...{ organization_id: organizationId, id: organizationId, workspace_id: null },
          ...{ at: '2026-01-01T00:00:00.123456Z', type: 'a.b', actor_kind: 'system', actor_id: null },
          ...{ actor_name: subject, subject_type: 'x', subject_id: subject, request_id: null, ip },
          details: JSON.parse(JSON.stringify(held)),
        };
        const hash = hashEvent(GENESIS, 1, event);
        const { signature, ...made } = signCheckpoint(signer, { organizationId, seq: 1, hash, nowMs: 5 });
        const lines = [
          {
            kind: 'trail',
            format: 'insula trail 1',
            organization_id: organizationId,
            keys: [pick(signer.jwk())],
          },
          { kind: 'event', seq: 1, event_id: event.id, hash: hash.toString('hex'), event },
          { kind: 'checkpoint', ...made, signature: signature.toString('base64url') },
          { kind: 'end', events: 1, checkpoints: 1 },
        ];
        const report = await verifyTrail(lines.map((line) => JSON.stringify(line)));
        expect(report).toMatchObject({ ok: true, events: 1 });
      }),
      { numRuns: 300 },
    );
  });
});
