// Checkpoints: the server's signature under the hash of the chain at one place. Whoever rewrites the whole chain in the
// database cannot rewrite these, because the signing key is not in the database.
import { type PublicJwk, type Signer, verifyRecord } from '../../../platform/keys/index.ts';
import { writeCanonical } from './write-canonical.ts';

/** What a checkpoint states; `at` in UTC with six decimals, `hash` in hex. */
export type Statement = {
  organization_id: string;
  seq: number;
  hash: string;
  at: string;
  signing_key: string;
};
export type SignedCheckpoint = Statement & { signature: Buffer };

/** Public keys whose checkpoints are believed: the server's own first, then those it had earlier. */
export type TrustedKeys = readonly Pick<PublicJwk, 'kid' | 'x'>[];

/** The bytes under a checkpoint's signature, before the signer's own prefix. */
function writeStatement(statement: Statement): Buffer {
  const { organization_id, seq, hash, at, signing_key } = statement;
  return Buffer.from(
    writeCanonical({ v: 'insula checkpoint 1', organization_id, seq, hash, at, signing_key }),
    'utf8',
  );
}

/** Signs the chain's hash at a place, for the moment `nowMs` (milliseconds since the epoch). */
export function signCheckpoint(
  signer: Signer,
  at: { organizationId: string; seq: number; hash: Buffer; nowMs: number },
): SignedCheckpoint {
  const statement = {
    organization_id: at.organizationId,
    seq: at.seq,
    hash: at.hash.toString('hex'),
    at: new Date(at.nowMs).toISOString().replace('Z', '000Z'),
    signing_key: signer.kid,
  };
  return { ...statement, signature: signer.sign(writeStatement(statement)) };
}

/** What is wrong with a checkpoint by itself; undefined when a trusted key signed exactly this. */
export function findCheckpointProblem(
  checkpoint: SignedCheckpoint,
  trusted: TrustedKeys,
): 'checkpoint_key_unknown' | 'checkpoint_forged' | undefined {
  const key = trusted.find((one) => one.kid === checkpoint.signing_key);
  if (!key) return 'checkpoint_key_unknown';
  return verifyRecord(key, writeStatement(checkpoint), checkpoint.signature)
    ? undefined
    : 'checkpoint_forged';
}
