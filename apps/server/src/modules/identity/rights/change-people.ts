// The frame of every change to people: one at a time in an organization, with the rights the actor has at that moment.
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Rights } from './assert-covers.ts';
import type { PeopleDeps } from './people-deps.ts';
import { rightsOfActor } from './read-rights.ts';
import { lockPeople } from './store.ts';

/** Runs `work` alone among the changes to people of the actor's organization. The transaction sees all workspaces, so that nothing a person handed out is overlooked; what the actor may not see is for `work` to refuse. */
export async function changePeople<T>(
  deps: Pick<PeopleDeps, 'db'>,
  actor: Actor,
  work: (tx: TenantTx, giver: Rights) => Promise<T>,
): Promise<T> {
  return deps.db.as({ organization_id: actor.organization_id, workspaces: '*' }, async (tx) => {
    await lockPeople(tx, actor.organization_id);
    return work(tx, await rightsOfActor(tx, actor));
  });
}
