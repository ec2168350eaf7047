// Queries of a walk through the graph: each reaches its rows by equality on leading keys and takes a bounded number of them.
import { sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import { CURRENT_MENTION, CURRENT_PROVENANCE, type Sight } from '../graph/store.ts';

export type NodeRow = {
  id: string;
  key: string;
  name: string;
  type: string;
  method: 'local' | 'model';
  mention_count: number;
};

/** Entities that names lead to, with the key of the name; at most 200. */
export async function linkNames(
  tx: TenantTx,
  sight: Sight,
  keys: string[],
): Promise<(NodeRow & { matched: string })[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<NodeRow & { matched: string }>`
    select e.id, e.key, e.name, e.type, e.method, e.mention_count, n.key as matched from graph_names n
    join graph_entities e on e.organization_id = n.organization_id and e.id = n.entity_id
    where n.organization_id = ${sight.organizationId} and n.collection_id = any(${sight.collectionIds}::uuid[])
      and n.key = any(${keys}::text[]) and exists (select from graph_mentions m
        where m.organization_id = e.organization_id and m.entity_id = e.id and ${CURRENT_MENTION})
    order by e.mention_count, e.id limit 200`.execute(tx);
  return rows;
}

/** The vectors of the names that are mentioned most. */
export async function listNameVectors(
  tx: TenantTx,
  sight: Sight,
  limit: number,
): Promise<(NodeRow & { embedding: Buffer })[]> {
  const { rows } = await sql<NodeRow & { embedding: Buffer }>`
    select id, key, name, type, method, mention_count, embedding from graph_entities
    where organization_id = ${sight.organizationId} and collection_id = any(${sight.collectionIds}::uuid[])
      and embedding is not null
    order by mention_count desc, id limit ${limit}`.execute(tx);
  return rows;
}

export type EdgeRow = {
  id: string;
  subject_id: string;
  subject_key: string;
  object_id: string;
  object_key: string;
  /** 0 to 1, and more for what several passages say. */
  weight: number;
  chunk_ids: string[];
};

/** Facts at entities that hold at a moment, the surest of each entity first: at most `each` as subject and as object. */
export async function listEdges(
  tx: TenantTx,
  sight: Sight,
  wish: { entityIds: string[]; at: Date; each: number },
): Promise<EdgeRow[]> {
  if (wish.entityIds.length === 0) return [];
  const holds = sql`(r.valid_from is null or r.valid_from <= ${wish.at})
    and (least(r.valid_to, r.superseded_at) is null or least(r.valid_to, r.superseded_at) > ${wish.at})`;
  const { rows } = await sql<EdgeRow>`
    select distinct r.id, r.subject_id, s.key as subject_key, r.object_id, o.key as object_key,
      r.confidence * (1 + ln(greatest(r.evidence, 1))) as weight, p.chunk_ids
    from unnest(${wish.entityIds}::uuid[]) as f (id) cross join lateral (
      (select * from graph_relations r where r.organization_id = ${sight.organizationId} and r.subject_id = f.id and ${holds}
        order by r.confidence desc, r.id limit ${wish.each})
      union all
      (select * from graph_relations r where r.organization_id = ${sight.organizationId} and r.object_id = f.id and ${holds}
        order by r.confidence desc, r.id limit ${wish.each})) r
    join graph_entities s on s.organization_id = r.organization_id and s.id = r.subject_id
    join graph_entities o on o.organization_id = r.organization_id and o.id = r.object_id
    cross join lateral (select (array_agg(p.chunk_id order by p.chunk_id))[1:5] as chunk_ids from graph_provenance p
      where p.organization_id = r.organization_id and p.relation_id = r.id and ${CURRENT_PROVENANCE} having count(*) > 0) p
    where r.collection_id = any(${sight.collectionIds}::uuid[])`.execute(tx);
  return rows;
}

export type MentionRow = NodeRow & { chunk_id: string };

/** Passages that mention entities, at most `each` of each entity. */
export async function listMentionsOf(
  tx: TenantTx,
  sight: Sight,
  wish: { entityIds: string[]; each: number },
): Promise<MentionRow[]> {
  if (wish.entityIds.length === 0) return [];
  const { rows } = await sql<MentionRow>`
    select e.id, e.key, e.name, e.type, e.method, e.mention_count, m.chunk_id
    from unnest(${wish.entityIds}::uuid[]) as f (id)
    join graph_entities e on e.organization_id = ${sight.organizationId} and e.id = f.id
    cross join lateral (select m.chunk_id from graph_mentions m where m.organization_id = ${sight.organizationId}
      and m.entity_id = f.id and m.collection_id = any(${sight.collectionIds}::uuid[]) and ${CURRENT_MENTION}
      order by m.chunk_id desc limit ${wish.each}) m`.execute(tx);
  return rows;
}

/** What passages mention, what is rarest in a passage first: at most `each` of each passage. */
export async function listMentionsIn(
  tx: TenantTx,
  sight: Sight,
  wish: { chunkIds: string[]; each: number },
): Promise<MentionRow[]> {
  if (wish.chunkIds.length === 0) return [];
  const { rows } = await sql<MentionRow>`
    select m.id, m.key, m.name, m.type, m.method, m.mention_count, f.id as chunk_id
    from unnest(${wish.chunkIds}::uuid[]) as f (id)
    cross join lateral (select e.* from graph_mentions m
      join graph_entities e on e.organization_id = m.organization_id and e.id = m.entity_id
      where m.organization_id = ${sight.organizationId} and m.chunk_id = f.id
        and m.collection_id = any(${sight.collectionIds}::uuid[]) and ${CURRENT_MENTION}
      order by e.mention_count, e.id limit ${wish.each}) m`.execute(tx);
  return rows;
}

/** Entities of the organization whose names have no vector yet. */
export async function listUnembedded(tx: TenantTx, organizationId: string, limit: number) {
  const { rows } = await sql<{ id: string; name: string }>`select id, name from graph_entities
    where organization_id = ${organizationId} and embedding is null limit ${limit}`.execute(tx);
  return rows;
}

/** Keeps the vectors of names. */
export async function saveNameVectors(
  tx: TenantTx,
  organizationId: string,
  rows: { id: string; embedding: Buffer }[],
): Promise<void> {
  await sql`update graph_entities e set embedding = r.embedding
    from unnest(${rows.map((row) => row.id)}::uuid[], ${rows.map((row) => row.embedding)}::bytea[]) as r (id, embedding)
    where e.organization_id = ${organizationId} and e.id = r.id`.execute(tx);
}
