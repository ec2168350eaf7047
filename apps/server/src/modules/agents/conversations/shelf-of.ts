// Whose a conversation is: the person, the API key or the visiting operator who began it, and for a key the person it asks
// for. Nobody else sees it, whatever their rights.
import { problem } from '@insula/contract';
import type { Actor } from '../../../platform/actor.ts';

export type OwnerKind = 'member' | 'api_key' | 'operator';
/** Where conversations of one owner stand. */
export type Shelf = {
  organizationId: string;
  workspaceId: string;
  ownerKind: OwnerKind;
  ownerId: string;
};

/** The actor's own conversations in a workspace; throws `forbidden` for those who can have none. */
export function shelfOf(actor: Actor, workspaceId: string): Shelf {
  const { kind, id } = actor;
  if (id === null || (kind !== 'member' && kind !== 'api_key' && kind !== 'operator'))
    throw problem('forbidden', { permission: 'ai:query' });
  return { organizationId: actor.organization_id, workspaceId, ownerKind: kind, ownerId: id };
}
