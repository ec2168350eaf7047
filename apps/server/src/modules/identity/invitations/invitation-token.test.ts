import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '../../../platform/ids.ts';
import { issueToken, readToken } from './invitation-token.ts';

describe('the token of an invitation', () => {
  it('leads to its organization and to the hash that is kept', () => {
    fc.assert(
      fc.property(fc.uuid(), (organizationId) => {
        const { token, tokenHash } = issueToken(organizationId);
        expect(token).toMatch(/^[0-9A-Za-z]{62}$/);
        expect(readToken(token)).toEqual({ organizationId, tokenHash });
        expect(tokenHash.equals(createHash('sha256').update(token).digest())).toBe(true);
      }),
    );
  });

  it('is never the same twice', () => {
    const organizationId = newId();
    expect(issueToken(organizationId).token).not.toBe(issueToken(organizationId).token);
  });

  it('answers every other text in the same words', () => {
    const said = new Set<string>();
    const near = fc.string({ minLength: 61, maxLength: 63, unit: fc.constantFrom('z', 'Z', '-', 'é', '0') });
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        try {
          readToken(text);
        } catch (error) {
          said.add((error as Error).message);
        }
      }),
    );
    expect([...said]).toEqual(['This invitation is not valid, or not any more. Ask for a new one.']);
  });
});
