// Puts the parts of identity together: what each verb gets as its dependencies.
import type { Clock } from '../../platform/clock.ts';
import type { Config } from '../../platform/config.ts';
import type { Database } from '../../platform/db/create-database.ts';
import type { Events } from '../../platform/events/create-events.ts';
import type { Signer } from '../../platform/keys/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Log } from '../../platform/log.ts';
import type { Mail } from '../../platform/mail/index.ts';
import type { Directory, Tenancy } from '../tenancy/index.ts';
import { createPasswords } from './accounts/create-passwords.ts';
import { limitConcurrency } from './accounts/limit-concurrency.ts';
import { createMemberLoader } from './gate/create-member-loader.ts';
import { createSessionLoader } from './gate/create-session-loader.ts';
import { createUseNotes } from './gate/create-use-notes.ts';
import { createDenialRecorder } from './sessions/create-denial-recorder.ts';
import { createAccessTokens } from './tokens/create-access-tokens.ts';
import { createRefreshTokens } from './tokens/create-refresh-tokens.ts';

export type IdentityDeps = {
  db: Database;
  events: Events;
  clock: Clock;
  log: Log;
  config: Config;
  signer: Signer;
  limits: Limits;
  directory: Directory;
  tenancy: Pick<Tenancy, 'provisionOrganization'>;
  mail: Pick<Mail, 'send'>;
};
export type Identity = ReturnType<typeof createIdentity>;

/** Sign-ins, and refreshes, under way at once, and how many of each may wait. */
const signIns = { running: 8, waiting: 1_000 };

/** Builds identity; `start` begins to write down what was used, `stop` writes the rest. */
export function createIdentity(deps: IdentityDeps) {
  const { settings } = deps.config;
  const address = settings.PUBLIC_URL ?? `http://${settings.SERVER_HOST}:${settings.SERVER_PORT}`;
  const uses = createUseNotes(deps);
  return {
    ...deps,
    /** The address at which people reach this server, without a slash at its end. */
    publicUrl: () => address.replace(/\/+$/, ''),
    /** How long a session may live, and how long without a request, in milliseconds. */
    sessionMs: settings.SESSION_HOURS * 3_600_000,
    idleMs: settings.SESSION_IDLE_HOURS * 3_600_000,
    passwords: createPasswords(),
    boundSignIns: limitConcurrency(signIns),
    boundRefreshes: limitConcurrency(signIns),
    recordDenial: createDenialRecorder(deps),
    accessTokens: createAccessTokens({ ...deps, issuer: settings.PUBLIC_URL ?? 'insula' }),
    refreshTokens: createRefreshTokens(deps.signer),
    loadMember: createMemberLoader(deps),
    sessions: createSessionLoader({
      ...deps,
      uses,
      idleMs: settings.SESSION_IDLE_HOURS * 3_600_000,
    }),
    uses,
    start: uses.start,
    stop: uses.stop,
  };
}
