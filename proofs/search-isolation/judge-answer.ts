// Judges an answer by the archive's own truth: what it may hold, what it must hold, and which status is right.

import type { Question } from './make-question.ts';
import type { Archive, Reader, Shelf } from './open-archive.ts';
import { isVisible } from './open-archive.ts';

export type Answer = { status: number; text: string };
export type Verdict = { faults: string[]; hits: number };

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** What is wrong with an answer. Without the stores' predicates the walls of the database alone are judged. */
export function judgeAnswer(
  archive: Archive,
  question: Question,
  { answer, isStripped }: { answer: Answer; isStripped: boolean },
): Verdict {
  const isSeen = (shelf: Shelf) =>
    (isStripped ? isInSight : isVisible)(question.reader, question.workspaceId, shelf);
  const foreign = archive.shelves.filter((shelf) => !isSeen(shelf));
  const faults = findForeign(question, answer, foreign);
  if (isStripped) return { faults, hits: 0 };
  faults.push(...judgeStatus(archive, question, answer.status));
  if (question.kind === 'read' || answer.status !== 200) return { faults, hits: 0 };
  const found = JSON.parse(answer.text) as Found;
  faults.push(...judgeSearch(archive, question, found));
  return { faults, hits: found.data.length };
}

type Found = {
  data: { id: string; collection_id: string; document: { id: string } }[];
  searched: { collections: { id: string }[]; passages: number };
  words: { word: string; passages: number }[];
  query_used?: string;
};

/** Without predicates: rows that the database lets a transaction of the reader see, and that no group is asked for. */
function isInSight(reader: Reader, workspaceId: string, shelf: Shelf): boolean {
  if (reader.organizationId !== shelf.organizationId) return false;
  const inSight = (id: string) => reader.workspaces === '*' || reader.workspaces.includes(id);
  if ([...shelf.lentTo].some(inSight)) return true;
  if (!inSight(shelf.workspaceId)) return false;
  const administers = reader.administers === '*' || reader.administers.includes(workspaceId);
  return shelf.access === 'everyone' || administers || reader.groups.has(shelf.workspaceId);
}

/** Texts, ids and counts of shelves that the reader does not see; what the reader sent itself is no news. */
function findForeign(question: Question, { status, text }: Answer, foreign: Shelf[]): string[] {
  const sent = `${question.path} ${JSON.stringify(question.body ?? {})}`;
  const faults: string[] = [];
  let rest = text;
  if (status === 200 && question.kind === 'search') {
    const { query_used: _used, words, ...others } = JSON.parse(text) as Found;
    rest = JSON.stringify(others);
    const canaries = new Set(foreign.flatMap(({ books }) => books.map(({ canary }) => canary)));
    for (const { word, passages } of words)
      if (canaries.has(word) && passages > 0)
        faults.push(`counts ${passages} passages with the word of others`);
  }
  for (const { books, name } of foreign)
    for (const { canary } of books)
      if (rest.includes(canary) && !(question.kind === 'read' && sent.includes(canary)))
        faults.push(`holds a text of ${name}`);
  const ids = new Set(
    foreign.flatMap((shelf) => [shelf.id, ...shelf.books.flatMap((b) => [b.id, ...b.passageIds])]),
  );
  for (const [id] of rest.matchAll(uuid))
    if (ids.has(id) && !sent.includes(id)) faults.push(`holds the id ${id}`);
  if (status >= 500) faults.push(`status ${status}`);
  return faults;
}

function judgeStatus({ houses, shelves }: Archive, question: Question, status: number): string[] {
  const { reader, workspaceId, named } = question;
  const house = houses.find(({ organizationId }) => organizationId === reader.organizationId)!;
  const sees =
    house.workspaces.includes(workspaceId) &&
    (reader.workspaces === '*' || reader.workspaces.includes(workspaceId));
  const isSeen = (shelf: Shelf | undefined) => shelf !== undefined && isVisible(reader, workspaceId, shelf);
  const collections = named.collectionIds.map((id) => shelves.find((one) => one.id === id));
  const documents = named.documentIds.map((id) =>
    shelves.find(({ books }) => books.some((b) => b.id === id)),
  );
  // Documents that a search names are a choice among those that are seen; named in an address, they have to be there.
  const needed = question.kind === 'search' ? collections : [...collections, ...documents];
  // Without a workspace in the address, the right has to hold in the whole organization.
  const isNarrow = reader.workspaces !== '*' && reader.name !== 'key' && question.path.startsWith('/v1/rag/');
  const right = !isNarrow && sees && needed.every(isSeen) ? [200] : [403, 404];
  return right.includes(status) ? [] : [`answers ${status} instead of ${right.join(' or ')}`];
}

/** What is searched is exactly what is seen, and a word that one visible document has finds that document. */
function judgeSearch({ shelves }: Archive, question: Question, found: Found): string[] {
  const { reader, workspaceId, named, body = {} } = question;
  const seen = shelves.filter(
    (shelf) =>
      isVisible(reader, workspaceId, shelf) &&
      (named.collectionIds.length === 0 || named.collectionIds.includes(shelf.id)),
  );
  const faults: string[] = [];
  const searched = new Set(found.searched.collections.map(({ id }) => id));
  for (const shelf of seen) if (!searched.has(shelf.id)) faults.push(`does not search ${shelf.name}`);
  const passages = seen.flatMap(({ books }) => books.flatMap(({ passageIds }) => passageIds)).length;
  const isWhole = body.filter === undefined && body.document_ids === undefined;
  if (found.searched.passages > passages || (isWhole && found.searched.passages !== passages))
    faults.push(`searched ${found.searched.passages} passages, of which ${passages} can be seen`);
  for (const { word, passages: n } of found.words)
    if (n > passages) faults.push(`says that ${n} passages have "${word}", and ${passages} can be seen`);
  const [book] = seen.flatMap(({ books }) => books).filter(({ canary }) => canary === body.query);
  const mustFind = book && isWhole && body.min_score === undefined && body.history === undefined;
  if (mustFind && body.mode === 'text' && !found.data.some(({ document }) => document.id === book.id))
    faults.push('does not find the only document that has the word');
  return faults;
}
