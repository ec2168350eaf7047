// Random questions: searches in every mode, with filters, numbers and ids of the reader's own and of others, and readings of
// collections, documents and the graph by ids that may be anybody's.
import { randomUUID } from 'node:crypto';
import type { Dice } from './create-dice.ts';
import { HOUSEHOLD_WORDS } from './create-press.ts';
import type { Archive, Reader, Shelf } from './open-archive.ts';

export type Question = {
  reader: Reader;
  /** The workspace it is asked in. */
  workspaceId: string;
  kind: 'search' | 'read';
  method: 'GET' | 'POST';
  path: string;
  body?: Record<string, unknown>;
  /** Collections and documents that it names. */
  named: { collectionIds: string[]; documentIds: string[] };
};

/** A question by a random reader, in one of its workspaces or, now and then, in one it has no business in. */
export function makeQuestion(archive: Archive, dice: Dice): Question {
  const reader = dice.pick(archive.readers);
  const house = archive.houses.find((one) => one.organizationId === reader.organizationId)!;
  const own = reader.workspaces === '*' ? house.workspaces : reader.workspaces;
  const anywhere = archive.houses.flatMap((one) => one.workspaces);
  const workspaceId = dice.chance(0.9) ? dice.pick(own) : dice.pick(anywhere);
  return dice.chance(0.7)
    ? makeSearch(archive, dice, { reader, workspaceId })
    : makeReading(archive, dice, { reader, workspaceId });
}

type Place = { reader: Reader; workspaceId: string };

function makeSearch(archive: Archive, dice: Dice, { reader, workspaceId }: Place): Question {
  const books = archive.shelves.flatMap((shelf) => shelf.books);
  const named = {
    collectionIds: dice.chance(0.3) ? dice.some(archive.shelves, 3).map(({ id }) => id) : [],
    documentIds: dice.chance(0.15) ? dice.some(books, 4).map(({ id }) => id) : [],
  };
  const maybe = (share: number, make: () => Record<string, unknown>) => (dice.chance(share) ? make() : {});
  const isRag = dice.chance(0.15);
  const body = {
    query: makeQuery(archive, dice),
    mode: dice.pick(['vector', 'hybrid', 'text', 'graph']),
    limit: dice.pick([1, 2, 5, 10, 30, 100]),
    ...(isRag ? { workspace_id: workspaceId } : {}),
    ...(named.collectionIds.length > 0 ? { collection_ids: [...new Set(named.collectionIds)] } : {}),
    ...(named.documentIds.length > 0 ? { document_ids: named.documentIds } : {}),
    ...maybe(0.2, () => ({ filter: makeFilter(archive, dice, 0) })),
    ...maybe(0.2, () => ({ text_weight: dice.number(11) / 10 })),
    ...maybe(0.1, () => ({ min_score: dice.number(100) / 100 })),
    ...maybe(0.2, () => ({ group_by: 'document' })),
    ...maybe(0.3, () => ({ neighbours: 1 + dice.number(3) })),
    ...maybe(0.5, () => ({ explain: true })),
    ...maybe(0.1, () => ({ history: [{ role: 'user', content: makeQuery(archive, dice) }] })),
  };
  const path = isRag ? '/v1/rag/search' : `/v1/workspaces/${workspaceId}/search`;
  return { reader, workspaceId, kind: 'search', method: 'POST', path, body, named };
}

/** Words that everybody's documents have, words that only one has, or a title. */
function makeQuery(archive: Archive, dice: Dice): string {
  const book = () => dice.pick(dice.pick(archive.shelves.filter(({ books }) => books.length > 0)).books);
  const parts = [
    () => dice.some(HOUSEHOLD_WORDS, 5).join(' '),
    () => book().canary,
    () => book().title,
    () => `What does ${book().canary} say of the ${dice.pick(HOUSEHOLD_WORDS)}?`,
    () => `${dice.pick(HOUSEHOLD_WORDS)} ${book().canary} ${book().canary}`,
    () => book().id,
  ];
  return dice.pick(parts)();
}

function makeFilter(archive: Archive, dice: Dice, depth: number): Record<string, unknown> {
  const book = dice.pick(dice.pick(archive.shelves.filter(({ books }) => books.length > 0)).books);
  if (depth < 2 && dice.chance(0.3)) {
    const both = [makeFilter(archive, dice, depth + 1), makeFilter(archive, dice, depth + 1)];
    return dice.pick<Record<string, unknown>>([{ and: both }, { or: both }, { not: both[0] }]);
  }
  return dice.pick<Record<string, unknown>>([
    { field: 'metadata.canary', equals: book.canary },
    { field: 'metadata.tags', in: [book.canary, dice.pick(HOUSEHOLD_WORDS)] },
    { field: 'metadata.shelf', equals: dice.pick(archive.shelves).name },
    { field: 'metadata.number', gte: dice.number(5) },
    { field: 'title', equals: book.title },
    { field: 'source', equals: `file-${book.canary}.md` },
    { field: 'created_at', gt: '2001-01-01T00:00:00.000Z' },
    { field: 'external_id', exists: dice.chance(0.5) },
  ]);
}

function makeReading(archive: Archive, dice: Dice, { reader, workspaceId }: Place): Question {
  const shelf: Shelf = dice.pick(archive.shelves.filter(({ books }) => books.length > 0));
  const isRandom = dice.chance(0.05);
  const collectionId = isRandom ? randomUUID() : shelf.id;
  const book = dice.pick(shelf.books);
  const documentId = isRandom ? randomUUID() : book.id;
  const at = `/v1/workspaces/${workspaceId}`;
  const [path, named] = dice.pick<[string, Partial<Question['named']>]>([
    [`${at}/collections?limit=100`, {}],
    [`${at}/collections/${collectionId}`, { collectionIds: [collectionId] }],
    [`${at}/documents?limit=100`, {}],
    [`${at}/documents?title=${book.canary}`, {}],
    [`${at}/documents?collection_id=${collectionId}`, { collectionIds: [collectionId] }],
    [`${at}/documents/counts`, {}],
    [`${at}/documents/${documentId}`, { documentIds: [documentId] }],
    [`${at}/documents/${documentId}/passages`, { documentIds: [documentId] }],
    [`${at}/documents/${documentId}/versions`, { documentIds: [documentId] }],
    [`${at}/documents/${documentId}/text`, { documentIds: [documentId] }],
    [`${at}/documents/${documentId}/file`, { documentIds: [documentId] }],
    [`/v1/rag/documents?limit=100&workspace_id=${workspaceId}`, {}],
    [`${at}/graph/entities?limit=100`, {}],
    [`${at}/graph/entities?search=${book.canary}`, {}],
  ]);
  const all = { collectionIds: [], documentIds: [], ...named };
  return { reader, workspaceId, kind: 'read', method: 'GET', path, named: all };
}
