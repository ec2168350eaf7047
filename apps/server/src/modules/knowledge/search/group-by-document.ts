// One passage for each document: its best.
import type { FoundPassage } from './find-passages.ts';

/** The best passage of each document, in the order given, with how many more of the document there were. */
export function groupByDocument(
  passages: readonly FoundPassage[],
): (FoundPassage & { more_passages: number })[] {
  const groups = Map.groupBy(passages, (one) => one.document_id);
  return [...groups.values()].map((group) => ({ ...group[0]!, more_passages: group.length - 1 }));
}
