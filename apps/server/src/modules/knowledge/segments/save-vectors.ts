// Vectors of passages, kept as soon as they are made: what was embedded once is not embedded again.
import type { TenantTx } from '../../../platform/db/door.ts';
import { decodeVector, encodeVector } from '../../../platform/searching/index.ts';
import { addVectors, deleteGeneration, type IndexPlace, listVectors } from './store.ts';

export type ChunkVector = { chunkId: string; vector: Float32Array };

/** Saves vectors of passages, in place of what was saved of them for that generation. */
export async function saveVectors(
  tx: TenantTx,
  at: IndexPlace,
  vectors: readonly ChunkVector[],
): Promise<void> {
  await addVectors(
    tx,
    at,
    vectors.map(({ chunkId, vector }) => ({ chunk_id: chunkId, vector: encodeVector(vector) })),
  );
}

/** Those of the passages that have a vector of that generation, in no order. */
export async function readVectors(
  tx: TenantTx,
  at: Pick<IndexPlace, 'organizationId' | 'generation'>,
  chunkIds: readonly string[],
): Promise<ChunkVector[]> {
  const rows = await listVectors(tx, at, chunkIds);
  return rows.map(({ chunk_id, vector }) => ({ chunkId: chunk_id, vector: decodeVector(vector) }));
}

/** Removes the segments of a generation and at most 5,000 of its vectors; answers whether there is more to remove. */
export async function removeGeneration(tx: TenantTx, at: Omit<IndexPlace, 'workspaceId'>): Promise<boolean> {
  return deleteGeneration(tx, at, 5_000);
}
