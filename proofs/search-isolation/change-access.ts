// Access that changes under way: shares that end and begin, people who leave a group, collections that are opened and closed.
// What is true of the archive changes with it, so that the next questions are judged anew.
import type { Archive, House, Wish } from './open-archive.ts';

/** Changes access in every organization; answers what was changed, one change a step of the iteration. */
export async function* changeAccess(archive: Archive): AsyncGenerator<string> {
  for (const house of archive.houses) await endShares(archive, house);
  yield 'shares ended';
  for (const house of archive.houses) await leaveGroups(archive, house);
  yield 'people left their groups';
  for (const house of archive.houses) await turnAround(archive, house);
  yield 'collections were closed and opened';
}

async function change(archive: Archive, house: House, wish: Wish) {
  const { status, text } = await archive.call(house.admin, ...wish);
  if (status >= 300) throw new Error(`${wish[0]} ${wish[1]}: ${status} ${text}`);
}

const shelvesOf = ({ shelves }: Archive, { organizationId }: House) =>
  shelves.filter((shelf) => shelf.organizationId === organizationId);

/** Each shelf that is lent loses one of its takers; one that was not lent to anybody is lent. */
async function endShares(archive: Archive, house: House): Promise<void> {
  const [first, , third] = house.workspaces;
  for (const shelf of shelvesOf(archive, house)) {
    const path = `/v1/workspaces/${shelf.workspaceId}/collections/${shelf.id}/shares`;
    const [taker] = shelf.lentTo;
    if (taker) {
      await change(archive, house, ['DELETE', `${path}/${taker}`]);
      shelf.lentTo.delete(taker);
    } else if (shelf.workspaceId === first && shelf.access === 'groups') {
      await change(archive, house, ['POST', path, { to_workspace_id: third }]);
      shelf.lentTo.add(third);
    }
  }
}

async function leaveGroups(archive: Archive, house: House): Promise<void> {
  const inside = archive.readers.filter(
    ({ organizationId, groups }) => organizationId === house.organizationId && groups.size > 0,
  );
  const reader = inside[0]!;
  const [workspace] = reader.groups;
  const path = `/v1/workspaces/${workspace}/groups/${house.groupIds.get(workspace!)}/members/${reader.memberId}`;
  await change(archive, house, ['DELETE', path]);
  reader.groups.delete(workspace!);
}

/** What was for everyone is for the group, and the other way round. */
async function turnAround(archive: Archive, house: House): Promise<void> {
  for (const shelf of shelvesOf(archive, house)) {
    const access = shelf.access === 'everyone' ? 'groups' : 'everyone';
    const group_ids = access === 'groups' ? [house.groupIds.get(shelf.workspaceId)!] : [];
    const path = `/v1/workspaces/${shelf.workspaceId}/collections/${shelf.id}/access`;
    await change(archive, house, ['PUT', path, { access, group_ids }]);
    shelf.access = access;
  }
}
