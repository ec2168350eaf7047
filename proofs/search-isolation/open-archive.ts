// The archive of the proof: organizations, pooled and dedicated, whose workspaces have shelves (collections) of every kind of
// access, shared and unshared; on each some documents that only it has, and readers of every kind. Who may see what is said
// here once more, from the product's words alone; nothing of it is asked of the server.

import { apiAt } from '../../apps/server/test/open-identity-ground.ts';
import type { SweepGround } from '../../apps/server/test/sweeps/open-sweep-ground.ts';
import { type Book, createPress } from './create-press.ts';

export type Shelf = {
  id: string;
  name: string;
  organizationId: string;
  workspaceId: string;
  access: 'everyone' | 'groups';
  /** Workspaces that may read it beside its own. */
  lentTo: Set<string>;
  books: Book[];
};
export type Reader = {
  name: string;
  secret: string;
  organizationId: string;
  workspaces: '*' | string[];
  /** Workspaces that it administers; `*`: all. */
  administers: '*' | string[];
  /** Workspaces in whose group it is. */
  groups: Set<string>;
  memberId?: string;
};
export type House = {
  organizationId: string;
  placement: 'pooled' | 'dedicated';
  workspaces: [string, string, string];
  admin: string;
  groupIds: Map<string, string>;
};
export type Wish = [method: string, path: string, body?: unknown];
export type Archive = {
  ground: SweepGround;
  /** The server that is asked. */
  url: string;
  houses: House[];
  shelves: Shelf[];
  readers: Reader[];
  /** Puts further documents on a shelf; they are not searchable yet. */
  fill(shelf: Shelf, number: number): Promise<void>;
  /** Waits until every document of the archive was read. */
  settle(): Promise<void>;
  call(secret: string, ...request: Wish): Promise<{ status: number; text: string }>;
};

/** Who sees a shelf from a workspace, by the rules of the guide. */
export function isVisible(reader: Reader, workspaceId: string, shelf: Shelf): boolean {
  if (reader.organizationId !== shelf.organizationId) return false;
  if (reader.workspaces !== '*' && !reader.workspaces.includes(workspaceId)) return false;
  if (shelf.lentTo.has(workspaceId)) return true;
  if (shelf.workspaceId !== workspaceId) return false;
  const administers = reader.administers === '*' || reader.administers.includes(workspaceId);
  return shelf.access === 'everyone' || administers || reader.groups.has(workspaceId);
}

/** Opens a server and fills the archive: three organizations of three workspaces. */
export async function openArchive(ground: SweepGround, booksEach: number): Promise<Archive> {
  const press = createPress();
  const archive: Archive = {
    ground,
    url: ground.url,
    houses: [],
    shelves: [],
    readers: [],
    async fill(shelf, number) {
      const house = archive.houses.find((one) => one.organizationId === shelf.organizationId)!;
      for (let i = 0; i < number; i++) {
        const { canary, title, content, metadata } = press.write(shelf.name);
        const path = `/v1/workspaces/${shelf.workspaceId}/documents`;
        const body = { title, content, metadata, collection_id: shelf.id, source: `file-${canary}.md` };
        const made = await ask(house.admin, 'POST', path, body);
        shelf.books.push({ canary, title, metadata, id: String(made.id), passageIds: [] });
      }
    },
    settle: () => settle(archive),
    call,
  };
  async function call(secret: string, ...[method, path, body]: Wish) {
    const answer = apiAt(archive.url)(method, path, { token: secret, ...(body ? { body } : {}) });
    const { status, text } = await answer;
    return { status, text };
  }
  async function ask(secret: string, ...wish: Wish) {
    const { status, text } = await call(secret, ...wish);
    if (status >= 300) throw new Error(`${wish[0]} ${wish[1]}: ${status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }
  for (const placement of ['pooled', 'pooled', 'dedicated'] as const) {
    const house = await openHouse(archive, placement, ask);
    await furnish(archive, house, ask);
    await invite(archive, house, ask);
  }
  for (const shelf of archive.shelves) await archive.fill(shelf, booksEach);
  await archive.settle();
  return archive;
}

type Ask = (secret: string, ...wish: Wish) => Promise<Record<string, unknown>>;

async function openHouse(archive: Archive, placement: House['placement'], ask: Ask): Promise<House> {
  const { ground } = archive;
  const home = await ground.newHome({ placement, mark: 'archive' });
  const { organization_id: organizationId } = home;
  const person = await ground.join(home, 'admin');
  const admin = (await ground.signIn(person, home.organization_slug)).access_token;
  const third = await ask(admin, 'POST', `/v1/organizations/${organizationId}/workspaces`, { name: 'Third' });
  const house: House = {
    ...{ organizationId, placement, admin, groupIds: new Map() },
    workspaces: [home.workspace_id, home.other_workspace_id, String(third.id)],
  };
  archive.houses.push(house);
  const everywhere = { organizationId, workspaces: '*', administers: '*' } as const;
  archive.readers.push({ name: 'admin', secret: admin, ...everywhere, groups: new Set() });
  return house;
}

/** In each workspace a shelf for everyone and one for a group; some are lent to the next workspace. */
async function furnish(archive: Archive, house: House, ask: Ask): Promise<void> {
  const [first, second, third] = house.workspaces;
  const wishes: [workspace: string, access: Shelf['access'], lentTo: string[]][] = [
    ...house.workspaces.flatMap((one): [string, Shelf['access'], string[]][] => [
      [one, 'everyone', []],
      [one, 'groups', []],
    ]),
    ...([
      [first, 'everyone', [second]],
      [first, 'groups', [second]],
      [second, 'everyone', [third, first]],
    ] as [string, Shelf['access'], string[]][]),
  ];
  for (const workspaceId of house.workspaces) {
    const made = await ask(house.admin, 'POST', `/v1/workspaces/${workspaceId}/groups`, {
      name: 'Inner circle',
    });
    house.groupIds.set(workspaceId, String(made.id));
  }
  for (const [index, [workspaceId, access, lentTo]] of wishes.entries()) {
    const name = `shelf-${archive.houses.length}-${index}`;
    const path = `/v1/workspaces/${workspaceId}/collections`;
    const { id } = await ask(house.admin, 'POST', path, { name });
    const groups = { access, group_ids: [house.groupIds.get(workspaceId)!] };
    if (access === 'groups') await ask(house.admin, 'PUT', `${path}/${id}/access`, groups);
    for (const to of lentTo) await ask(house.admin, 'POST', `${path}/${id}/shares`, { to_workspace_id: to });
    const { organizationId } = house;
    const place = { id: String(id), name, organizationId, workspaceId, access };
    archive.shelves.push({ ...place, lentTo: new Set(lentTo), books: [] });
  }
}

/** People and keys that see the whole organization or single workspaces, in a group or not. */
async function invite(archive: Archive, house: House, ask: Ask): Promise<void> {
  const [first, second, third] = house.workspaces;
  const { organizationId } = house;
  const join = async (
    name: string,
    at: { role: string; workspaces?: [string, string][]; group?: string },
  ) => {
    const person = await archive.ground.join(homeOf(house), at.role);
    for (const [id, role] of at.workspaces ?? [])
      await ask(house.admin, 'PUT', `/v1/workspaces/${id}/members/${person.memberId}`, { role });
    if (at.group)
      await ask(
        house.admin,
        'PUT',
        `/v1/workspaces/${at.group}/groups/${house.groupIds.get(at.group)}/members/${person.memberId}`,
      );
    const secret = (await archive.ground.signIn(person, organizationId)).access_token;
    archive.readers.push({
      ...{ name, secret, organizationId, memberId: person.memberId },
      workspaces: at.workspaces ? at.workspaces.map(([id]) => id) : '*',
      administers: (at.workspaces ?? []).flatMap(([id, role]) => (role === 'workspace_admin' ? [id] : [])),
      groups: new Set(at.group ? [at.group] : []),
    });
  };
  await join('user', { role: 'user' });
  await join('user in a group', { role: 'user', group: first });
  await join('editor of one', { role: 'guest', workspaces: [[first, 'editor']] });
  await join('viewer of one, in its group', { role: 'guest', workspaces: [[first, 'viewer']], group: first });
  await join('viewer of the second', { role: 'guest', workspaces: [[second, 'viewer']] });
  await join('administrator of the third', { role: 'guest', workspaces: [[third, 'workspace_admin']] });
  const both: [string, string][] = [
    [second, 'viewer'],
    [third, 'editor'],
  ];
  await join('viewer of two', { role: 'guest', workspaces: both });
  for (const workspace of [first, second]) {
    const body = { name: 'reader', scopes: ['search'], rate_limit_per_minute: 1_000_000 };
    const { key } = await ask(house.admin, 'POST', `/v1/workspaces/${workspace}/api-keys`, body);
    const sight = { workspaces: [workspace], administers: [], groups: new Set<string>() };
    archive.readers.push({ name: 'key', secret: String(key), organizationId, ...sight });
  }
}

const homeOf = ({ organizationId, workspaces }: House) => ({
  organization_id: organizationId,
  organization_slug: organizationId,
  workspace_id: workspaces[0],
  other_workspace_id: workspaces[1],
});

const PATIENCE_MS = 240_000;

/** Waits until every document is searchable, and notes the ids of the passages. */
async function settle({ ground, houses, shelves }: Archive): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (const { organizationId } of houses) {
    const [place] = await ground.rows<{ schema_name: string }>(
      'select schema_name from platform.residents where organization_id = $1',
      [organizationId],
    );
    for (;;) {
      const [row] = await ground.rows<{ n: number }>(
        `select count(*)::int as n from ${place!.schema_name}.documents where organization_id = $1 and version is distinct from latest_version`,
        [organizationId],
      );
      if (row!.n === 0) break;
      if (performance.now() > until) throw new Error(`${row!.n} documents were not read in time.`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const passages = await ground.rows<{ id: string; document_id: string }>(
      `select id, document_id from ${place!.schema_name}.chunks where organization_id = $1`,
      [organizationId],
    );
    const byBook = Map.groupBy(passages, ({ document_id }) => document_id);
    for (const book of shelves.flatMap(({ books }) => books))
      if (byBook.has(book.id)) book.passageIds = byBook.get(book.id)!.map(({ id }) => id);
  }
}
