import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { calculateJwkThumbprint, importJWK, jwtVerify, SignJWT } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { assertStrongSecret, createSigner, verifyRecord } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'insula-signing-'));
afterAll(() => rmSync(folder, { recursive: true }));
const secret = randomBytes(32).toString('base64');

describe('the signing key', () => {
  it('is the same on every replica with the same secret, and another with another', () => {
    const other = createSigner({ secret: randomBytes(32).toString('hex') });
    expect(createSigner({ secret }).jwk()).toEqual(createSigner({ secret }).jwk());
    expect(other.kid).not.toBe(createSigner({ secret }).kid);
  });

  it('keeps its value from release to release', () => {
    const fixed = createSigner({ secret: 'q0Jm3vXy7Rk1ZtB5cW9dE2gH8nL4pS6u+aFo' });
    expect(fixed.kid).toMatchInlineSnapshot(`"_w2CCEr6vBFgVd7xa0SZ7vp3cKyKGH9iWB0DxZmDnt4"`);
  });

  it('signs tokens that others check with the published half', async () => {
    const signer = createSigner({ secret });
    const jwk = signer.jwk();
    expect(jwk.kid).toBe(await calculateJwkThumbprint(jwk));
    expect(Object.keys(jwk)).not.toContain('d');
    const token = await new SignJWT({ a: 1 })
      .setProtectedHeader({ alg: 'EdDSA', kid: signer.kid })
      .sign(signer.privateKey);
    expect((await jwtVerify(token, await importJWK(jwk))).payload).toEqual({ a: 1 });
  });

  it('signs records that are checked with the key kept beside them, and no altered one', () => {
    const signer = createSigner({ secret });
    const stranger = createSigner({ secret: randomBytes(32).toString('hex') });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), (bytes, bit) => {
        const signature = signer.sign(bytes);
        expect([signer.verify(bytes, signature), verifyRecord(signer.jwk(), bytes, signature)]).toEqual([
          true,
          true,
        ]);
        expect(stranger.verify(bytes, signature)).toBe(false);
        const altered = Buffer.from(bytes);
        altered[bit % altered.length] = (altered[bit % altered.length] as number) ^ 1;
        expect(signer.verify(altered, signature)).toBe(false);
        expect(signer.verify(bytes, signature.subarray(0, bit % 64))).toBe(false);
      }),
    );
    expect(verifyRecord({ x: 'no key' }, Buffer.from('x'), Buffer.alloc(64))).toBe(false);
  });

  it('never signs a record that could pass for a token, nor the other way round', async () => {
    const signer = createSigner({ secret });
    const input = ['{"alg":"EdDSA"}', '{"sub":"root"}']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
    const forged = `${input}.${signer.sign(Buffer.from(input)).toString('base64url')}`;
    await expect(jwtVerify(forged, signer.publicKey)).rejects.toThrow('signature');
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'EdDSA' }).sign(signer.privateKey);
    const [head, body, signature = ''] = token.split('.');
    expect(signer.verify(Buffer.from(`${head}.${body}`), Buffer.from(signature, 'base64url'))).toBe(false);
  });

  it('is read from a PEM file, Ed25519 only', () => {
    const write = (name: string, pem: string | Buffer) => {
      writeFileSync(join(folder, name), pem);
      return join(folder, name);
    };
    const pair = generateKeyPairSync('ed25519');
    const keyFile = write('ed25519.pem', pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    expect(createSigner({ keyFile }).jwk().x).toBe(pair.publicKey.export({ format: 'jwk' }).x);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const wrong = write('rsa.pem', rsa.export({ format: 'pem', type: 'pkcs8' }));
    expect(() => createSigner({ keyFile: wrong })).toThrow('no Ed25519');
    expect(() => createSigner({ keyFile: join(folder, 'missing.pem') })).toThrow('ENOENT');
  });

  it.each([
    '',
    'changeme',
    'secret'.repeat(2),
    'x'.repeat(64),
    'abcabcabcabcabcabcabcabcabcabcabcabcabc',
    'change-me-change-me-change-me-change-me',
    'CHANGE_THIS_TO_SOMETHING_RANDOM_AND_LONG',
    'your-secret-key-at-least-32-characters-long',
    'sk-9f73s3ljTXVcMT3Blb3ljTqtsKiGHXVcMT3BlbkFJLK7U',
    'this-is-the-default-jwt-secret-of-insula',
    '0123456789abcdef0123456789abcdef',
    'my-super-secret-jwt-token-with-32-characters',
    randomBytes(15).toString('hex'),
  ])('is not made from the weak secret %j', (weak) => {
    expect(() => createSigner({ secret: weak })).toThrow('JWT_SECRET');
  });

  it('is made from every secret that was drawn at random', () => {
    for (let round = 0; round < 2000; round++) {
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        expect(() => assertStrongSecret('X', randomBytes(32).toString(encoding))).not.toThrow();
      }
    }
  });
});
