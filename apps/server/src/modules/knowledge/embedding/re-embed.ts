// The work `re-embed`: the passages of a collection are embedded with its next model, page by page, while searches go on with
// the old one. When none is missing, one transaction switches; then the old vectors are cleared away.
import { systemActor } from '../../../platform/actor.ts';
import type { SliceOutcome } from '../../../platform/queue/index.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { passageText } from '../passages/passage-text.ts';
import { holdPassages } from '../passages/store.ts';
import { prepareSegment } from '../segments/prepare-segment.ts';
import { publishSegment, retirePassages } from '../segments/publish-segment.ts';
import { removeGeneration, saveVectors } from '../segments/save-vectors.ts';
import { embedTexts } from './embed-texts.ts';
import {
  deleteGenerationRow,
  findPending,
  holdVersions,
  listMissing,
  lockEmbedding,
  type MissingPassage,
  moveOn,
  nextRetry,
  type PendingGeneration,
  putGeneration,
  restGeneration,
  updateEmbedding,
} from './store.ts';

/** The kind of work that embeds again and clears what was embedded before. */
export const RE_EMBED = 're-embed';
const SLICE_MS = 4_000;
const PAGE = 256;
const REST_MIN_MS = 10_000;
const REST_MAX_MS = 900_000;

type Turn = { organizationId: string; signal: AbortSignal };

/** One slice of an organization's generations. */
export async function reEmbed(deps: KnowledgeDeps, turn: Turn): Promise<SliceOutcome> {
  const { organizationId, signal } = turn;
  const actor = systemActor(organizationId);
  const until = performance.now() + SLICE_MS;
  while (performance.now() < until) {
    signal.throwIfAborted();
    const pending = await deps.db.as(actor, (tx) => findPending(tx, organizationId));
    if (!pending) return (await deps.db.as(actor, (tx) => nextRetry(tx, organizationId))) ?? 'done';
    if (pending.state === 'clearing') await clear(deps, organizationId, pending);
    else await bringOn(deps, turn, pending);
  }
  return 'more';
}

const atOf = (organizationId: string, { collection_id, generation }: PendingGeneration) => ({
  organizationId,
  collectionId: collection_id,
  generation,
});

async function clear(deps: KnowledgeDeps, organizationId: string, pending: PendingGeneration): Promise<void> {
  const at = atOf(organizationId, pending);
  await deps.db.as(systemActor(organizationId), async (tx) => {
    if (!(await removeGeneration(tx, at))) await deleteGenerationRow(tx, at);
  });
}

/** Embeds one page, or switches when there is none left. */
async function bringOn(deps: KnowledgeDeps, turn: Turn, pending: PendingGeneration): Promise<void> {
  const { organizationId, signal } = turn;
  const actor = systemActor(organizationId);
  const at = atOf(organizationId, pending);
  const page = await deps.db.as(actor, (tx) =>
    listMissing(tx, at, { after: pending.embedded_through, limit: PAGE }),
  );
  if (page.length === 0) return switchOver(deps, organizationId, pending);
  try {
    await embedPage(deps, turn, { pending, page });
  } catch (error) {
    if (signal.aborted) throw error;
    const attempts = pending.attempts + 1;
    const restMs = Math.min(REST_MAX_MS, REST_MIN_MS * 2 ** (attempts - 1));
    const said = (error as Error).message.slice(0, 1_000);
    deps.log.warn({ ...at, err: error }, 'a collection could not be embedded again; it is tried later');
    const rest = { attempts, error: said, retry_at: new Date(Date.now() + restMs) };
    await deps.db.as(actor, (tx) => restGeneration(tx, at, rest));
  }
}

async function embedPage(
  deps: KnowledgeDeps,
  { organizationId, signal }: Turn,
  { pending, page }: { pending: PendingGeneration; page: MissingPassage[] },
): Promise<void> {
  const actor = systemActor(organizationId);
  const { workspace_id: workspaceId } = pending;
  const asked = {
    actor,
    workspaceId,
    model: pending.next_model!,
    purpose: 'passage' as const,
    signal,
  };
  const texts = page.map((one) => passageText({ ...one, headingPath: one.heading_path }));
  const vectors = await embedTexts(deps, asked, texts);
  const at = { ...atOf(organizationId, pending), workspaceId };
  const chunks = page.map((one, i) => ({
    id: one.id,
    documentId: one.document_id,
    version: one.version,
    title: one.title,
    headingPath: one.heading_path,
    text: one.text,
    vector: vectors[i]!,
  }));
  const prepared = await prepareSegment(deps, at, chunks);
  await deps.db.as(actor, async (tx) => {
    const documents = [...new Map(page.map((one) => [one.document_id, one.version]))];
    // Nobody publishes another version of these until this one stands in the index: it is retired there with the others.
    const now = await holdVersions(
      tx,
      organizationId,
      documents.map(([id]) => id),
    );
    const step = { from: pending.embedded_through, to: page.at(-1)!.id };
    if (!(await moveOn(tx, at, step))) return;
    const ids = page.map(({ id }) => id);
    const held = await holdPassages(tx, organizationId, ids);
    const kept = chunks.filter(({ id }) => held.has(id));
    const saved = kept.map(({ id, vector }) => ({ chunkId: id, vector }));
    await saveVectors(tx, at, saved);
    await publishSegment(deps, tx, prepared);
    const dead = documents.filter(([id, version]) => now.get(id) !== version);
    await retirePassages(deps, tx, {
      at,
      documents: dead.map(([documentId, version]) => ({ documentId, version })),
    });
  });
}

/** Lets searches use the new generation, unless something that they find is missing in it: then another pass follows. */
async function switchOver(
  deps: KnowledgeDeps,
  organizationId: string,
  pending: PendingGeneration,
): Promise<void> {
  const actor = systemActor(organizationId);
  const at = atOf(organizationId, pending);
  await deps.db.as(actor, async (tx) => {
    const row = await lockEmbedding(tx, at);
    if (row?.next_embedding_generation !== at.generation || row.next_embedding_model === null) return;
    const [missing] = await listMissing(tx, at, { after: null, limit: 1 });
    if (missing) return void (await moveOn(tx, at, { from: pending.embedded_through, to: null }));
    const old = { ...at, generation: row.embedding_generation };
    const model = row.next_embedding_model;
    const none = { next_embedding_model: null, next_embedding_generation: null };
    await updateEmbedding(tx, at, {
      embedding_model: model,
      embedding_generation: at.generation,
      ...none,
    });
    await deleteGenerationRow(tx, at);
    await putGeneration(tx, old, { workspace_id: row.workspace_id, state: 'clearing' });
    await deps.events.announce(tx, actor, {
      type: 'collection.re_embedded',
      subject_type: 'collection',
      subject_id: at.collectionId,
      workspace_id: row.workspace_id,
      details: { from: row.embedding_model, to: model },
    });
  });
}
