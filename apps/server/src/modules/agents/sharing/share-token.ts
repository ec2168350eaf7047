// The secret in a link to a conversation: it names its organization, so that the place of the share can be found, and is
// believed only when its SHA-256 stands there. It is stored nowhere.
import { createHash } from 'node:crypto';
import { conversationProblem } from '@insula/contract/conversations';
import { packId, randomText, unpackId } from '../../../platform/ids.ts';

const SECRET_LENGTH = 40;
const PLACE_LENGTH = 22;

export type ShareToken = { organizationId: string; tokenHash: Buffer };

/** A new token for a share of the organization (238 random bits), with the hash to keep. */
export function issueShareToken(organizationId: string): { token: string; tokenHash: Buffer } {
  const token = packId(organizationId) + randomText(SECRET_LENGTH);
  return { token, tokenHash: digestOf(token) };
}

/** The place and hash of a token; throws `share_not_found` when the text cannot be one. */
export function readShareToken(token: string): ShareToken {
  const organizationId = unpackId(token.slice(0, PLACE_LENGTH));
  if (!organizationId || token.length !== PLACE_LENGTH + SECRET_LENGTH)
    throw conversationProblem('share_not_found');
  return { organizationId, tokenHash: digestOf(token) };
}

const digestOf = (token: string) => createHash('sha256').update(token).digest();
