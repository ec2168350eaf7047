// What others have must not change an answer by a byte: not a score, not a rank, not a count. Some readers are asked the same
// questions before and after the shelves that they do not see have grown, and again after those have been emptied.
import { HOUSEHOLD_WORDS } from './create-press.ts';
import { type Archive, isVisible, type Reader, type Shelf } from './open-archive.ts';

type Asked = { reader: Reader; path: string; body: Record<string, unknown> };

/** Asks, fills and empties; answers how many answers were compared and which differed. */
export async function compareBytes(archive: Archive): Promise<{ questions: number; faults: string[] }> {
  const [house] = archive.houses;
  const [workspaceId] = house!.workspaces;
  const readers = archive.readers.filter(
    ({ organizationId, name }) =>
      organizationId === house!.organizationId && ['editor of one', 'key', 'user'].includes(name),
  );
  const witnesses = readers.filter(
    ({ workspaces }) => workspaces === '*' || workspaces.includes(workspaceId),
  );
  const unseen = archive.shelves.filter(
    (shelf) => !witnesses.some((one) => isVisible(one, workspaceId, shelf)),
  );
  const asked = witnesses.flatMap((reader) => questionsOf(archive, { reader, workspaceId, unseen }));
  const before = await askAll(archive, asked);
  for (const shelf of unseen) await archive.fill(shelf, 1);
  await archive.settle();
  const faults = differences(asked, before, await askAll(archive, asked));
  for (const shelf of unseen) await empty(archive, shelf);
  faults.push(...differences(asked, before, await askAll(archive, asked)));
  return { questions: asked.length * 2, faults };
}

type Place = { reader: Reader; workspaceId: string; unseen: Shelf[] };

function questionsOf({ shelves }: Archive, { reader, workspaceId, unseen }: Place): Asked[] {
  const path = `/v1/workspaces/${workspaceId}/search`;
  const seen = shelves.filter((shelf) => isVisible(reader, workspaceId, shelf));
  const words = [seen, unseen].flatMap((list) => list.slice(0, 3).map(({ books }) => books[0]!.canary));
  const queries = [
    ...words,
    ...HOUSEHOLD_WORDS.slice(0, 6),
    HOUSEHOLD_WORDS.slice(3, 9).join(' '),
    'Report 1',
  ];
  return queries.flatMap((query) =>
    ['vector', 'text', 'hybrid', 'graph'].map((mode) => ({
      reader,
      path,
      body: { query, mode, limit: 30, explain: true, neighbours: 1 },
    })),
  );
}

async function askAll(archive: Archive, asked: Asked[]): Promise<string[]> {
  const answers: string[] = [];
  for (const { reader, path, body } of asked) {
    const { status, text } = await archive.call(reader.secret, 'POST', path, body);
    answers.push(`${status} ${text}`);
  }
  return answers;
}

function differences(asked: Asked[], before: string[], after: string[]): string[] {
  return asked.flatMap(({ reader, body }, i) =>
    before[i] === after[i]
      ? []
      : [
          `${reader.name}: other bytes for ${JSON.stringify(body)}: ${firstDifference(before[i]!, after[i]!)}`,
        ],
  );
}

function firstDifference(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return `…${one.slice(Math.max(0, at - 60), at + 60)}… became …${other.slice(Math.max(0, at - 60), at + 60)}…`;
}

/** Deletes what is on a shelf. */
async function empty(archive: Archive, shelf: Shelf): Promise<void> {
  const house = archive.houses.find(({ organizationId }) => organizationId === shelf.organizationId)!;
  for (const book of shelf.books.splice(0)) {
    const path = `/v1/workspaces/${shelf.workspaceId}/documents/${book.id}`;
    const { status, text } = await archive.call(house.admin, 'DELETE', path);
    if (status !== 200) throw new Error(`DELETE ${path}: ${status} ${text}`);
  }
}
