import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindPlace } from './bind-place.ts';
import {
  createKeyring,
  type OrganizationKey,
  open,
  parseMasterKey,
  parsePreviousMasterKeys,
  readSealedVersion,
  SealBroken,
  type SealedPlace,
  seal,
} from './index.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(Buffer.from);
const version = fc.integer({ min: 1, max: 0xffff_ffff });
const key: fc.Arbitrary<OrganizationKey> = fc.record({ version, dek: bytes(32) });
const place: fc.Arbitrary<SealedPlace> = fc.record({
  organization_id: text,
  table: text,
  column: text,
  row_id: text,
});
const plaintext = fc.uint8Array({ maxLength: 300 });

describe('a sealed field', () => {
  it('opens to what was sealed, in its own place', () => {
    fc.assert(
      fc.property(key, place, plaintext, (key, place, plaintext) => {
        const sealed = seal(key, place, plaintext);
        expect(readSealedVersion(sealed)).toBe(key.version);
        expect(sealed).toHaveLength(plaintext.length + 33);
        expect(open(key, place, sealed).equals(plaintext)).toBe(true);
        expect(open(key, { ...place }, new Uint8Array(sealed)).equals(plaintext)).toBe(true);
      }),
    );
  });

  it('moved to another organization, table, column or row is refused', () => {
    fc.assert(
      fc.property(key, place, place, plaintext, (key, place, other, plaintext) => {
        const sealed = seal(key, place, plaintext);
        for (const part of ['organization_id', 'table', 'column', 'row_id'] as const) {
          if (other[part] === place[part]) continue;
          expect(() => open(key, { ...place, [part]: other[part] }, sealed)).toThrow(SealBroken);
        }
      }),
    );
  });

  it('is refused when the border between two parts of its place moves', () => {
    fc.assert(
      fc.property(key, place, fc.nat(), (key, place, at) => {
        const joined = place.table + place.column;
        const cut = at % (joined.length + 1);
        const shifted = { ...place, table: joined.slice(0, cut), column: joined.slice(cut) };
        fc.pre(
          shifted.table !== place.table && shifted.table.isWellFormed() && shifted.column.isWellFormed(),
        );
        expect(() => open(key, shifted, seal(key, place, Buffer.from('x')))).toThrow(SealBroken);
      }),
    );
  });

  it('is refused with another key, and with another version of the same key', () => {
    fc.assert(
      fc.property(key, place, version, bytes(32), (key, place, version, dek) => {
        const sealed = seal(key, place, Buffer.from('secret'));
        expect(() => open({ ...key, dek }, place, sealed)).toThrow(SealBroken);
        fc.pre(version !== key.version);
        expect(() => open({ ...key, version }, place, sealed)).toThrow(SealBroken);
        // The version written in the bytes is bound as well, not only compared.
        const relabelled = Buffer.from(sealed);
        relabelled.writeUInt32BE(version, 1);
        expect(() => open({ ...key, version }, place, relabelled)).toThrow(SealBroken);
      }),
    );
  });

  it('is refused with any one bit flipped', () => {
    const one = { version: 7, dek: randomBytes(32) };
    const at = { organization_id: 'o', table: 't', column: 'c', row_id: 'r' };
    const sealed = seal(one, at, Buffer.from('a secret of some length'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const broken = Buffer.from(sealed);
      broken[bit >> 3] = (broken[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => open(one, at, broken), `bit ${bit}`).toThrow(SealBroken);
    }
  });

  it('is refused when cut, extended or shortened in its tag', () => {
    const one = { version: 1, dek: randomBytes(32) };
    const at = { organization_id: 'o', table: 't', column: 'c', row_id: 'r' };
    const sealed = seal(one, at, Buffer.from('a secret'));
    for (let length = 0; length < sealed.length; length++) {
      expect(() => open(one, at, sealed.subarray(0, length))).toThrow(SealBroken);
    }
    for (let cut = 1; cut <= 16; cut++) {
      const shortTag = Buffer.concat([sealed.subarray(0, 33 - cut), sealed.subarray(33)]);
      expect(() => open(one, at, shortTag)).toThrow(SealBroken);
    }
    expect(() => open(one, at, Buffer.concat([sealed, Buffer.of(0)]))).toThrow(SealBroken);
  });

  it('gives the same error, word for word, whatever was wrong', () => {
    const one = { version: 1, dek: randomBytes(32) };
    const at = { organization_id: 'o', table: 't', column: 'c', row_id: 'r' };
    const sealed = seal(one, at, Buffer.from('a secret'));
    const attempts = [
      () => open(one, { ...at, row_id: 'x' }, sealed),
      () => open({ ...one, version: 2 }, at, sealed),
      () => open(one, at, Buffer.alloc(0)),
      () => open(one, at, Buffer.alloc(100)),
      () => open({ ...one, dek: randomBytes(32) }, at, sealed),
    ];
    const seen = attempts.map((attempt) => {
      try {
        return attempt();
      } catch (error) {
        return [
          (error as Error).message,
          (error as Error).cause,
          Object.keys(error as object)
            .sort()
            .join(),
        ];
      }
    });
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  it('never repeats a nonce, and hides that two plaintexts are equal', () => {
    const one = { version: 1, dek: randomBytes(32) };
    const at = { organization_id: 'o', table: 't', column: 'c', row_id: 'r' };
    const all = Array.from({ length: 5000 }, () =>
      seal(one, at, Buffer.from('same')).subarray(5, 17).toString('hex'),
    );
    expect(new Set(all).size).toBe(5000);
  });

  it('is not made for a place that cannot be written in one way, nor for a version that does not fit', () => {
    expect(() => bindPlace('p', ['\ud800'], 1)).toThrow(TypeError);
    for (const version of [0, -1, 1.5, 2 ** 32, Number.NaN])
      expect(() => bindPlace('p', [], version)).toThrow(RangeError);
  });
});

describe('a wrapped organization key', () => {
  const organization = '01890a5d-ac96-774b-bcce-b302099a8057';

  it('opens for its organization and version only, and only untouched', () => {
    const ring = createKeyring({ masterKeys: [randomBytes(32)] });
    fc.assert(
      fc.property(
        text,
        text,
        version,
        version,
        fc.nat({ max: 69 * 8 - 1 }),
        (one, two, first, second, bit) => {
          const made = ring.newOrganizationKey(first);
          const wrapped = ring.wrapOrganizationKey(one, made);
          expect(ring.unwrapOrganizationKey(one, first, wrapped)).toEqual(made);
          if (one !== two) expect(() => ring.unwrapOrganizationKey(two, first, wrapped)).toThrow(SealBroken);
          if (first !== second)
            expect(() => ring.unwrapOrganizationKey(one, second, wrapped)).toThrow(SealBroken);
          const broken = Buffer.from(wrapped);
          broken[bit >> 3] = (broken[bit >> 3] as number) ^ (1 << (bit & 7));
          expect(() => ring.unwrapOrganizationKey(one, first, broken)).toThrow(SealBroken);
          expect(() => ring.unwrapOrganizationKey(one, first, wrapped.subarray(0, bit % 69))).toThrow(
            SealBroken,
          );
        },
      ),
    );
  });

  it('survives a change of the master key, and says that it should be wrapped again', () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const before = createKeyring({ masterKeys: [old] });
    const made = before.newOrganizationKey(1);
    const wrapped = before.wrapOrganizationKey(organization, made);
    const after = createKeyring({ masterKeys: [fresh, old] });
    expect(after.unwrapOrganizationKey(organization, 1, wrapped)).toEqual(made);
    expect(after.readMasterKeyId(wrapped)).toBe(before.masterKeyId);
    const again = after.wrapOrganizationKey(organization, made);
    expect(after.readMasterKeyId(again)).toBe(after.masterKeyId);
    const later = createKeyring({ masterKeys: [fresh] });
    expect(later.unwrapOrganizationKey(organization, 1, again)).toEqual(made);
    expect(() => later.unwrapOrganizationKey(organization, 1, wrapped)).toThrow(SealBroken);
  });

  it('is wrapped by a key of 32 bytes only', () => {
    expect(() => createKeyring({ masterKeys: [] })).toThrow('at least one');
    expect(() => createKeyring({ masterKeys: [randomBytes(16)] })).toThrow('32 bytes');
  });
});

describe('a derived secret', () => {
  it('follows from the master key and the label alone', () => {
    const master = randomBytes(32);
    const ring = createKeyring({ masterKeys: [master] });
    const again = createKeyring({ masterKeys: [master, randomBytes(32)] });
    const other = createKeyring({ masterKeys: [randomBytes(32), master] });
    expect(ring.deriveSecret('database login', 32)).toEqual(again.deriveSecret('database login', 32));
    expect(ring.deriveSecret('database login', 32)).not.toEqual(other.deriveSecret('database login', 32));
    expect(ring.deriveSecret('database login', 32)).not.toEqual(ring.deriveSecret('webhooks', 32));
    expect(ring.deriveSecret('x', 48)).toHaveLength(48);
    for (const length of [0, 256, 1.5]) expect(() => ring.deriveSecret('x', length)).toThrow(RangeError);
  });
});

describe('a master key', () => {
  it('is read from hex, base64 and base64url', () => {
    fc.assert(
      fc.property(fc.constant(0), () => {
        const made = randomBytes(32);
        for (const encoding of ['hex', 'base64', 'base64url'] as const) {
          expect(parseMasterKey(` ${made.toString(encoding)}\n`)).toEqual(made);
        }
        expect(parseMasterKey(made.toString('hex').toUpperCase())).toEqual(made);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    '',
    ' ',
    'changeme',
    'change-me-please-change-me-please',
    '0'.repeat(64),
    'f'.repeat(64),
    'ab'.repeat(32),
    '0123456789abcdef'.repeat(4),
    '00112233445566778899aabbccddeeff'.repeat(2),
    Buffer.alloc(32).toString('base64'),
    Buffer.alloc(32, 7).toString('base64'),
    Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('hex'),
    Buffer.from(Array.from({ length: 32 }, (_, at) => 255 - at)).toString('hex'),
    Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 3) & 255)).toString('hex'),
    Buffer.from('changeme-changeme-changeme-12345').toString('base64'),
    Buffer.from('Vu8n2qLx0ZkPw7TbYc4RmJ6sHd9Ge3Fa').toString('hex'),
    'Vu8n2qLx0ZkPw7TbYc4RmJ6sHd9Ge3Fa',
    randomBytes(16).toString('hex'),
    randomBytes(31).toString('base64'),
    randomBytes(33).toString('base64'),
    `${randomBytes(32).toString('base64')}!`,
    randomBytes(64).toString('hex'),
  ])('like %j is refused, and never repeated in the error', (bad) => {
    let message = '';
    try {
      parseMasterKey(bad);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^ENCRYPTION_KEY .*openssl rand/);
    if (bad.length > 8) expect(message).not.toContain(bad);
  });

  it('of earlier times is read from a list', () => {
    const [one, two] = [randomBytes(32), randomBytes(32)];
    expect(parsePreviousMasterKeys(undefined)).toEqual([]);
    expect(parsePreviousMasterKeys(' ')).toEqual([]);
    expect(parsePreviousMasterKeys(`${one.toString('hex')}, ${two.toString('base64')}`)).toEqual([one, two]);
    expect(() => parsePreviousMasterKeys(`${one.toString('hex')},`)).toThrow(
      'ENCRYPTION_KEY_PREVIOUS is empty',
    );
  });
});
