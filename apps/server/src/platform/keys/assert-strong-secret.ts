// Refuses secrets that somebody else can guess: those copied from examples, typed by hand, or made of a pattern.

// Pieces of the placeholders in compose files and guides of products like this one; found in any spelling.
const placeholders = [
  'changeme',
  'changethis',
  'replaceme',
  'replacethis',
  'pleasechange',
  'yoursecret',
  'yourjwt',
  'mysecret',
  'supersecret',
  'topsecret',
  'secretkey',
  'jwtsecret',
  'encryptionkey',
  'password',
  'placeholder',
  'example',
  'default',
  'insecure',
  'notsecret',
  'insula',
  'abcdefgh',
  '01234567',
  '12345678',
  'qwerty',
  // Shipped by a peer as the default of every installation.
  '9f73s3ljtxvcmt3blb3ljtqtskighxvcmt3blbkfjlk7u',
];

/** Throws when a text is shorter than 32 characters, a known placeholder, or has too few different characters. `name` is the setting's. */
export function assertStrongSecret(name: string, text: string): void {
  const advice = 'Make one with: openssl rand -base64 32';
  if (text.length < 32) throw new Error(`${name} must have at least 32 characters. ${advice}`);
  const letters = text.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (placeholders.some((known) => letters.includes(known))) {
    throw new Error(`${name} is a placeholder that anybody can guess. ${advice}`);
  }
  if (new Set(text).size < 10) throw new Error(`${name} repeats too few characters. ${advice}`);
}
