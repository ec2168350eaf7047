// A document is given new content. Searchers find the old version until the new one is ready.
import type { Actor } from '../../../platform/actor.ts';
import type { StagedFile } from '../../../platform/http/read-form.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type AddedDocument, type Given, replace, stageContent } from './create-document.ts';
import { presentDocument } from './present-document.ts';
import { type DocumentPath, requireOwnDocument } from './require-document.ts';

/** Takes the new content and announces `document.replaced`; the very same bytes change nothing and are a duplicate. */
export async function replaceDocument(
  deps: KnowledgeDeps,
  actor: Actor,
  { input, file }: { input: Given & DocumentPath; file: StagedFile | undefined },
): Promise<AddedDocument> {
  // Asked before the content is kept: what nobody may change takes no room.
  await deps.db.as(actor, (tx) => requireOwnDocument(tx, actor, input));
  const staged = await stageContent(deps, actor, { input, file });
  const replaced = await deps.db.as(actor, async (tx) => {
    const { row } = await requireOwnDocument(tx, actor, input);
    const { latest } = row;
    const isSame = latest.content_hash.equals(staged.hash);
    if (isSame && latest.status !== 'failed' && latest.status !== 'cancelled')
      return { row, duplicate: true };
    return { row: await replace(deps, tx, { actor, row, input, staged }), duplicate: false };
  });
  return { ...presentDocument(replaced.row), duplicate: replaced.duplicate };
}
