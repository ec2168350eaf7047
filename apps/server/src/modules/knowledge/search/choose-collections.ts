// Which of the visible collections are searched.
import { collectionProblem } from '@insula/contract/collections';
import type { VisibleRow } from '../collections/store.ts';

/** Those asked for, or all; throws `collection_not_found` for one that is not visible. */
export function chooseCollections(
  visible: readonly VisibleRow[],
  wanted: readonly string[] | undefined,
): VisibleRow[] {
  if (!wanted) return [...visible];
  const byId = new Map(visible.map((one) => [one.id, one]));
  return [...new Set(wanted)].map((id) => {
    const found = byId.get(id);
    if (!found) throw collectionProblem('collection_not_found');
    return found;
  });
}
