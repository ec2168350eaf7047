// Reads the master keys from the operator's settings. A key that was not drawn at random is refused at start, because
// everything that is stored encrypted would only look safe.

const advice = 'Make one with: openssl rand -base64 32';

/** Reads 32 random bytes written as 64 hex digits or in base64; throws, without repeating the text, when they are not. `name` is the setting's. */
export function parseMasterKey(text: string, name = 'ENCRYPTION_KEY'): Buffer {
  const trimmed = text.trim();
  if (trimmed === '') throw new Error(`${name} is empty. ${advice}`);
  const key = decode(trimmed);
  if (key?.length !== 32) {
    throw new Error(`${name} must be 32 bytes, written as 64 hex digits or in base64. ${advice}`);
  }
  if (!looksRandom(key)) {
    throw new Error(`${name} is not random: it is a placeholder, a text or a pattern. ${advice}`);
  }
  return key;
}

/** Reads `ENCRYPTION_KEY_PREVIOUS`: the keys to open old secrets with, separated by commas, newest first; empty gives none. */
export function parsePreviousMasterKeys(text: string | undefined): Buffer[] {
  if (text === undefined || text.trim() === '') return [];
  return text.split(',').map((part) => parseMasterKey(part, 'ENCRYPTION_KEY_PREVIOUS'));
}

function decode(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  // Buffer.from skips what is not base64; the pattern makes sure that nothing was skipped.
  if (/^[A-Za-z0-9+/]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  if (/^[A-Za-z0-9_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64url');
  return undefined;
}

/** Each of these is false for 32 random bytes less than once in 10^12. */
function looksRandom(key: Buffer): boolean {
  const step = ((key[1] as number) - (key[0] as number)) & 255;
  const isSequence = key.every((byte, at) => at === 0 || byte === (((key[at - 1] as number) + step) & 255));
  const isText = key.every((byte) => byte >= 32 && byte < 127);
  // 32 random bytes have some 30 different values; a repeated half, quarter or byte has 16 or fewer.
  return !isSequence && !isText && new Set(key).size > 16;
}
