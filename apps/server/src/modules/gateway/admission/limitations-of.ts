// Who is counted for a call, and against what: the key, the workspace, the organization; requests, and tokens where any of
// them limits those.
import type { OwnLimits } from '@insula/contract/configuration';
import { type LimitSubject, limitKey } from '../../../platform/limits/index.ts';
import { windowsOf } from './limits-of.ts';

export type Whose = 'API key' | 'workspace' | 'organization';

/** A subject of a limit with the words for the person. */
export type Limited = { whose: Whose; unit: 'requests' | 'tokens'; subject: LimitSubject };
/** How many calls may be under way at once. */
export type Cap = { whose: Whose; key: string; limit: number };

/** Everything that limits say about one of the three. */
export type Limitations = { limited: Limited[]; caps: Cap[] };

/** Everybody who is limited by `limits`; `parts` name them inside the organization. */
export function limitationsOf(
  whose: Whose,
  place: { organizationId: string; parts: string[] },
  limits: OwnLimits,
): Limitations {
  const key = (...more: string[]) => limitKey(place.organizationId, ...place.parts, ...more);
  const requests = windowsOf(limits, 'requests');
  const tokens = windowsOf(limits, 'tokens');
  const limited: Limited[] = [];
  if (requests.length > 0)
    limited.push({ whose, unit: 'requests', subject: { key: key(), windows: requests } });
  if (tokens.length > 0)
    limited.push({ whose, unit: 'tokens', subject: { key: key('tokens'), windows: tokens } });
  const { concurrent_requests: limit } = limits;
  const caps = typeof limit === 'number' ? [{ whose, key: key('at once'), limit }] : [];
  return { limited, caps };
}
