// The text of an API key: what kind it is, in which organization to look, which row, and the secret. Only the digest of the
// whole text is kept; what the text says about itself is believed when the digest matches.
import { hash } from 'node:crypto';
import { packId, randomText, unpackId } from '../../../platform/ids.ts';

const MARK = 'insula_';
/** `insula_live_` and `insula_test_` are equally long. */
export const LOOKUP_START = 12;
export const LOOKUP_END = LOOKUP_START + 22 + 8;
const LENGTH = LOOKUP_END + 32;
const format = /^insula_(?:live|test)_[0-9A-Za-z]{62}$/;

export type NewKeyText = { text: string; reference: string; digest: Buffer };

/** A new key of 74 characters with 190 random bits. */
export function makeKeyText(organizationId: string, mode: string): NewKeyText {
  const reference = randomText(8);
  const text = `${MARK}${mode}_${packId(organizationId)}${reference}${randomText(32)}`;
  return { text, reference, digest: digestOf(text) };
}

/** The first characters of a key, which name it without opening anything. */
export function prefixOf(key: { organization_id: string; mode: string; reference: string }): string {
  return `${MARK}${key.mode}_${packId(key.organization_id)}${key.reference}`;
}

/** Where to look for a key; undefined when the text has not the form of one. */
export function readKeyText(text: string): { organizationId: string; reference: string } | undefined {
  if (text.length !== LENGTH || !format.test(text)) return undefined;
  const organizationId = unpackId(text.slice(LOOKUP_START, LOOKUP_START + 22));
  if (organizationId === undefined) return undefined;
  return { organizationId, reference: text.slice(LOOKUP_START + 22, LOOKUP_END) };
}

/** The SHA-256 of a key. Its secret is random, so a slow hash would protect nothing more. */
export function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
