// The embedding model of a collection, and the change to another one: searches use the old one until the last passage is
// embedded with the new one.
import { collectionProblem } from '@insula/contract/collections';
import { embeddingProblem, type embeddingState } from '@insula/contract/embedding';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { requireCollection } from '../collections/require-collection.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { embedTexts } from './embed-texts.ts';
import { RE_EMBED } from './re-embed.ts';
import { lockEmbedding, nextGeneration, putGeneration, readProgress, updateEmbedding } from './store.ts';

type Path = { workspace_id: string; collection_id: string };
type State = z.infer<typeof embeddingState>;
type Locked = NonNullable<Awaited<ReturnType<typeof lockEmbedding>>>;

/** The model in use, and how far a change to another one has come; throws `collection_not_found`. */
export async function getEmbedding(deps: KnowledgeDeps, actor: Actor, path: Path): Promise<State> {
  return deps.db.as(actor, async (tx) => {
    const found = await requireCollection(tx, actor, pathOf(path));
    return present(tx, actor, { ...found, id: found.id });
  });
}

/** Begins to embed the collection with another model and announces `collection.re_embedding_started`; the model is tried first. */
export async function changeEmbedding(
  deps: KnowledgeDeps,
  actor: Actor,
  { model, ...path }: Path & { model: string },
): Promise<State> {
  const { organization_id: organizationId } = actor;
  const at = { organizationId, collectionId: path.collection_id };
  await deps.db.as(actor, async (tx) => requireChangeable(tx, actor, { path, model }));
  await embedTexts(deps, { actor, workspaceId: path.workspace_id, model, purpose: 'passage' }, [
    'A first text.',
  ]);
  return deps.db.as(actor, async (tx) => {
    const row = await requireChangeable(tx, actor, { path, model });
    const generation = await nextGeneration(tx, at);
    await updateEmbedding(tx, at, { next_embedding_model: model, next_embedding_generation: generation });
    await putGeneration(tx, { ...at, generation }, { workspace_id: row.workspace_id, state: 'embedding' });
    await announce(deps, tx, { actor, path, type: 'collection.re_embedding_started', model });
    await deps.queue.tell(tx, organizationId, RE_EMBED);
    const next = { next_embedding_model: model, next_embedding_generation: generation };
    return present(tx, actor, { ...row, ...next, id: path.collection_id });
  });
}

/** Gives the change up and announces `collection.re_embedding_cancelled`; throws `re_embedding_not_under_way`. */
export async function cancelEmbedding(deps: KnowledgeDeps, actor: Actor, path: Path): Promise<State> {
  const { organization_id: organizationId } = actor;
  const at = { organizationId, collectionId: path.collection_id };
  return deps.db.as(actor, async (tx) => {
    await requireCollection(tx, actor, { ...pathOf(path), forWriting: true });
    const row = await lockEmbedding(tx, at);
    const { next_embedding_generation: generation, next_embedding_model: model } = row ?? {};
    if (!row || !generation || !model) throw embeddingProblem('re_embedding_not_under_way');
    await updateEmbedding(tx, at, { next_embedding_model: null, next_embedding_generation: null });
    await putGeneration(tx, { ...at, generation }, { workspace_id: row.workspace_id, state: 'clearing' });
    await announce(deps, tx, { actor, path, type: 'collection.re_embedding_cancelled', model });
    await deps.queue.tell(tx, organizationId, RE_EMBED);
    const none = { next_embedding_model: null, next_embedding_generation: null };
    return present(tx, actor, { ...row, ...none, id: path.collection_id });
  });
}

const pathOf = (path: Path) => ({ workspaceId: path.workspace_id, collectionId: path.collection_id });

async function requireChangeable(
  tx: TenantTx,
  actor: Actor,
  { path, model }: { path: Path; model: string },
): Promise<Locked> {
  await requireCollection(tx, actor, { ...pathOf(path), forWriting: true });
  const at = { organizationId: actor.organization_id, collectionId: path.collection_id };
  const row = await lockEmbedding(tx, at);
  if (!row) throw collectionProblem('collection_not_found');
  const { next_embedding_model: next } = row;
  if (next !== null) throw embeddingProblem('re_embedding_under_way', { model: next });
  if (row.embedding_model === model) throw embeddingProblem('embedding_model_same', { model });
  return row;
}

type Change = { actor: Actor; path: Path; type: string; model: string };

async function announce(
  deps: KnowledgeDeps,
  tx: TenantTx,
  { actor, path, type, model }: Change,
): Promise<void> {
  await deps.events.announce(tx, actor, {
    type,
    subject_type: 'collection',
    subject_id: path.collection_id,
    workspace_id: path.workspace_id,
    details: { model },
  });
}

type Row = Pick<Locked, 'embedding_model' | 'next_embedding_model' | 'next_embedding_generation'> & {
  id: string;
};

async function present(tx: TenantTx, actor: Actor, row: Row): Promise<State> {
  const at = { organizationId: actor.organization_id, collectionId: row.id };
  const generation = row.next_embedding_generation;
  const { embedded, passages, error, retry_at } = await readProgress(tx, { ...at, generation });
  const isUnderWay = generation !== null;
  const share = passages === 0 ? 0 : Math.min(1, embedded / passages);
  return {
    collection_id: row.id,
    model: row.embedding_model,
    next_model: row.next_embedding_model,
    embedded: isUnderWay ? embedded : passages,
    passages,
    progress: isUnderWay ? Math.round(share * 100) / 100 : 1,
    error,
    retry_at: retry_at?.toISOString() ?? null,
  };
}
