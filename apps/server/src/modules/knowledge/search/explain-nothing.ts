// Why a search found nothing, in words for the person who asked.
import type { emptyReasons } from '@insula/contract/search';
import type { Actor } from '../../../platform/actor.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import type { FoundPassages, PassageSearch } from './find-passages.ts';
import { countDocuments } from './store.ts';

export type Reason = { code: (typeof emptyReasons)[number]; detail: string };

/** The reason, from the first thing that would have to change. */
export async function explainNothing(
  deps: KnowledgeDeps,
  actor: Actor,
  {
    search,
    result,
    minScore,
  }: { search: PassageSearch; result: FoundPassages; minScore: number | undefined },
): Promise<Reason> {
  const collectionIds = result.collections.map(({ id }) => id);
  const say = (code: Reason['code'], detail: string): Reason => ({ code, detail });
  if (collectionIds.length === 0)
    return say(
      'no_collections',
      'You can see no collection here. Ask an administrator of the workspace to add you to one of its groups.',
    );
  const place = { organizationId: actor.organization_id, collectionIds };
  const documents = await deps.db.as(actor, (tx) => countDocuments(tx, place));
  if (documents.total === 0)
    return say('no_documents', 'There are no documents in what you can see here. Upload some first.');
  if (documents.searchable === 0 && documents.under_way > 0)
    return say(
      'documents_under_way',
      `${documents.under_way} documents are still being read. Try again in a moment.`,
    );
  if (documents.searchable === 0)
    return say('no_documents', 'None of the documents here could be read. Their list says why.');
  if (result.passages === 0 && (search.choice.filter || search.choice.documentIds))
    return say('filter_excludes_all', 'No document that can be searched fulfils the filter. Loosen it.');
  if (minScore !== undefined && result.found.length > 0)
    return say(
      'below_min_score',
      `The best passage scores ${result.found[0]!.score.toFixed(3)}, less than min_score.`,
    );
  return say(
    'no_words_match',
    'None of the words asked for is in any passage. Ask with other words, or search by `hybrid`.',
  );
}
