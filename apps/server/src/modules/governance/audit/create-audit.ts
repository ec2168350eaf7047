// What people do with a trail: read it, verify it, take it away. The last two are recorded in the trail themselves.
import { governanceProblem } from '@insula/contract/governance';
import { type Actor, PLATFORM_ORGANIZATION, systemActor } from '../../../platform/actor.ts';
import type { TrustedKeys } from '../chain/sign-checkpoint.ts';
import type { GovernanceDeps } from '../index.ts';
import type { Sealer } from './create-sealer.ts';
import { exportTrail } from './export-trail.ts';
import { type EventsInput, listEvents } from './list-events.ts';
import { requireWholeOrganization } from './require-whole-organization.ts';
import { type Verification, type VerifyInput, verifyTrail } from './verify-trail.ts';

/** Builds the verbs on trails. */
export function createAudit(deps: GovernanceDeps, sealer: Sealer) {
  const trustedKeys: TrustedKeys = [deps.signer.jwk(), ...(deps.earlierKeys ?? [])];
  const verifying = new Set<string>();

  /** Verifies a trail and records the outcome in it; one verification of a trail at a time. */
  async function verify(actor: Actor, input: VerifyInput): Promise<Verification> {
    requireSight(actor, input.organizationId);
    if (verifying.has(input.organizationId)) throw governanceProblem('verification_under_way');
    verifying.add(input.organizationId);
    try {
      const found = await verifyTrail({ db: deps.db, trustedKeys }, input);
      const { ok, events, sealed, first_problem } = found;
      await record(actor, input.organizationId, {
        type: 'trail.verified',
        details: { ok, events, sealed, first_problem },
      });
      return found;
    } finally {
      verifying.delete(input.organizationId);
    }
  }

  /** Records the download and seals what waits, so that it is in; then gives the lines. */
  async function openExport(actor: Actor, organizationId: string): Promise<AsyncGenerator<string>> {
    requireSight(actor, organizationId);
    await record(actor, organizationId, { type: 'trail.exported', details: {} });
    await sealer.sealNow(organizationId);
    return exportTrail({ db: deps.db, trustedKeys }, organizationId);
  }

  async function record(
    actor: Actor,
    organizationId: string,
    news: { type: string; details: Record<string, unknown> },
  ): Promise<void> {
    const event = { ...news, subject_type: 'organization', subject_id: organizationId };
    if (organizationId === PLATFORM_ORGANIZATION)
      await deps.db.asPlatform(null, (tx) => deps.events.announceOnPlatform(tx, actor, event));
    else await deps.db.as(actor, (tx) => deps.events.announce(tx, actor, event));
  }

  return {
    verify,
    openExport,
    list: (actor: Actor, input: EventsInput) => listEvents(deps, actor, input),
    listOfPlatform: (input: EventsInput) => listEvents(deps, systemActor(PLATFORM_ORGANIZATION), input),
  };
}

function requireSight(actor: Actor, organizationId: string): void {
  if (organizationId !== PLATFORM_ORGANIZATION) requireWholeOrganization(actor);
}
