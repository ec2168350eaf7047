// Keys and seals: master keys, organizations' keys, sealed fields, the signing key.
export { assertStrongSecret } from './assert-strong-secret.ts';
export { createKeyring, type Keyring } from './create-keyring.ts';
export { parseMasterKey, parsePreviousMasterKeys } from './parse-master-key.ts';
export { SealBroken } from './problems.ts';
export { type OrganizationKey, open, readSealedVersion, type SealedPlace, seal } from './seal.ts';
export { createSigner, type PublicJwk, type Signer, verifyRecord } from './signing.ts';
