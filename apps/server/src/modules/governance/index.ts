// The menu of governance: the audit trail and the keys of organizations.
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/create-database.ts';
import type { Events } from '../../platform/events/create-events.ts';
import type { Secrets } from '../../platform/keys/create-secrets.ts';
import type { PublicJwk, Signer } from '../../platform/keys/index.ts';
import type { Log } from '../../platform/log.ts';
import { createAudit } from './audit/create-audit.ts';
import { createSealer } from './audit/create-sealer.ts';
import { createRotation } from './encryption/create-rotation.ts';
import { createSealedFields } from './encryption/create-sealed-fields.ts';

export { registerAuditExport } from './audit/register-audit-export.ts';
export { requireWholeOrganization } from './audit/require-whole-organization.ts';
export { governanceRoutes } from './routes.ts';

export type GovernanceDeps = {
  db: Database;
  events: Events;
  secrets: Secrets;
  signer: Signer;
  clock: Clock;
  log: Log;
  /** Public keys that signed checkpoints before the signing key was changed. */
  earlierKeys?: readonly Pick<PublicJwk, 'kid' | 'x'>[];
};
export type Governance = ReturnType<typeof createGovernance>;

/** Builds the verbs of governance; its loops run from `start` to `stop`. */
export function createGovernance(deps: GovernanceDeps) {
  const sealer = createSealer(deps);
  const sealedFields = createSealedFields();
  const rotation = createRotation({ ...deps, sealedFields });
  const start = () => [sealer, rotation].forEach((loop) => void loop.start());
  const stop = () => Promise.all([sealer.stop(), rotation.stop()]);
  return { deps, sealer, sealedFields, rotation, audit: createAudit(deps, sealer), start, stop };
}
