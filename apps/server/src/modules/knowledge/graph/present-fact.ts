// Entities and facts as the contract shows them.
import type { entity, fact } from '@insula/contract/graph';
import type { z } from 'zod';
import type { CompanionRow, EntityRow, FactRow } from './store.ts';

export type Entity = z.infer<typeof entity>;
export type Fact = z.infer<typeof fact>;

const day = (date: Date | null) => date?.toISOString() ?? null;

/** Presents an entity, without whose it is. */
export function presentEntity(row: EntityRow): Entity {
  const { key: _key, workspace_id: _workspace, ...shown } = row;
  return { ...shown, created_at: row.created_at.toISOString(), updated_at: row.updated_at.toISOString() };
}

/** Presents a fact that a model has read. */
export function presentFact(row: FactRow): Fact {
  return {
    ...row,
    valid_from: day(row.valid_from),
    valid_to: day(row.valid_to),
    asserted_at: row.asserted_at.toISOString(),
    method: 'model',
  };
}

/** Two entities of the same passages, as a fact of its own kind: no more is known than that they are mentioned together. */
export function presentCompanion(entity: { id: string; name: string }, other: CompanionRow): Fact {
  const times = other.passages === 1 ? '1 passage' : `${other.passages} passages`;
  return {
    id: null,
    subject_id: entity.id,
    subject: entity.name,
    predicate: 'mentioned with',
    object_id: other.id,
    object: other.name,
    statement: `${entity.name} and ${other.name} stand together in ${times}.`,
    valid_from: null,
    valid_to: null,
    superseded_by: null,
    asserted_at: null,
    confidence: Math.round((1 - 1 / (1 + other.passages)) * 1_000) / 1_000,
    method: 'local',
    chunk_ids: other.chunk_ids,
  };
}
