// Some things concern an organization as a whole; a credential bound to single workspaces cannot do them.
import { governanceProblem } from '@insula/contract/governance';
import type { Actor } from '../../../platform/actor.ts';

/** Throws `whole_organization_needed` unless the actor sees all workspaces. */
export function requireWholeOrganization(actor: Pick<Actor, 'workspaces'>): void {
  if (actor.workspaces !== '*') throw governanceProblem('whole_organization_needed');
}
