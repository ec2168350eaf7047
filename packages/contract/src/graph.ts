// The knowledge graph on paper: entities and facts that were read in documents, where they stand, and since when they hold.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { description, id, moment, name, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const graphProblems = {
  entity_not_found: { status: 404, message: 'There is no such entity here.' },
  entity_name_taken: {
    status: 409,
    message: 'Another entity of this collection is called "{name}" already: merge the two instead.',
  },
  entities_apart: {
    status: 400,
    message: 'Only two different entities of the same collection can be merged.',
  },
} as const;
export const graphProblem = problemsOf(graphProblems);

/** How something was read: by rules on this server, or by a model of the workspace's choice. */
export const graphMethods = ['local', 'model'] as const;

const method = z.enum(graphMethods);
const type = z.string().trim().min(1).max(60);
const text = z.string().trim().min(1).max(500);

export const entity = z.object({
  id,
  collection_id: id,
  name: z.string(),
  type: z.string(),
  aliases: z.array(z.string()),
  description: z.string(),
  method,
  /** Passages that speak of it. */
  mention_count: z.int(),
  created_at: moment,
  updated_at: moment,
});

/** Subject, predicate and object; it holds from `valid_from` (null: not known since when) to before `valid_to` (null: it still does). */
export const fact = z.object({
  id: id.nullable(),
  subject_id: id,
  subject: z.string(),
  predicate: z.string(),
  object_id: id,
  object: z.string(),
  statement: z.string(),
  valid_from: moment.nullable(),
  valid_to: moment.nullable(),
  /** The fact that took its place, if one did. */
  superseded_by: id.nullable(),
  /** When the latest document that says so was written, as far as is known. */
  asserted_at: moment.nullable(),
  confidence: z.number(),
  method,
  chunk_ids: z.array(id),
});

export const entityPassage = z.object({
  chunk_id: id,
  document_id: id,
  title: z.string(),
  page: z.int().nullable(),
  text: z.string(),
});

const node = entity.pick({ id: true, name: true, type: true, method: true, mention_count: true });

const at = moment.optional();
const path = '/workspaces/{workspace_id}/graph' as const;
const one = `${path}/entities/{entity_id}` as const;
const place = { workspace_id: id };
const entityInput = z.strictObject({ ...place, entity_id: id });
const tag = 'Knowledge graph';
const mayRead = { permission: 'knowledge:read' } as const;
const mayWrite = { permission: 'knowledge:write' } as const;

export const graph = {
  list: endpoint(
    { method: 'GET', path: `${path}/entities`, summary: 'List or look up entities', tag },
    mayRead,
  )
    .input(
      pageQuery.extend({
        ...place,
        /** A name or an alias, or how one begins. */
        search: text.max(200).optional(),
        type: type.optional(),
        collection_id: id.optional(),
      }),
    )
    .output(pageOf(entity)),
  get: endpoint(
    { method: 'GET', path: one, summary: 'Read an entity, its facts over time, its passages', tag },
    mayRead,
  )
    .input(entityInput)
    .output(z.object({ ...entity.shape, facts: z.array(fact), passages: z.array(entityPassage) })),
  change: endpoint({ method: 'PATCH', path: one, summary: 'Rename or describe an entity', tag }, mayWrite)
    .input(
      entityInput.extend({
        name: name.optional(),
        type: type.optional(),
        description: description.optional(),
      }),
    )
    .output(entity),
  merge: endpoint(
    { method: 'POST', path: `${one}/merge`, summary: 'Merge another entity into this one', tag },
    mayWrite,
  )
    .input(entityInput.extend({ other_entity_id: id }))
    .output(entity),
  remove: endpoint(
    { method: 'DELETE', path: one, summary: 'Delete an entity and the facts it is in', tag },
    mayWrite,
  )
    .input(entityInput)
    .output(z.object({ id, deleted: z.literal(true) })),
  duplicates: endpoint(
    { method: 'GET', path: `${one}/duplicates`, summary: 'Entities that may be the same', tag },
    mayRead,
  )
    .input(entityInput)
    .output(z.object({ data: z.array(z.object({ ...entity.shape, similarity: z.number() })) })),
  neighbourhood: endpoint(
    {
      method: 'GET',
      path: `${path}/neighbourhood`,
      summary: 'Nodes and edges around an entity, or around what a query speaks of',
      tag,
    },
    mayRead,
  )
    .input(
      z.strictObject({
        ...place,
        entity_id: id.optional(),
        query: text.optional(),
        at,
        hops: z.coerce.number().int().min(1).max(2).default(1),
        /** Nodes at most. */
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
    )
    .output(z.object({ nodes: z.array(node), edges: z.array(fact), is_complete: z.boolean() })),
  search: endpoint(
    { method: 'POST', path: `${path}/search`, summary: 'Search along the graph', tag },
    { permission: 'knowledge:search' },
  )
    .input(
      z.strictObject({
        ...place,
        query: z.string().trim().min(1).max(8_000),
        collection_ids: z.array(id).max(100).optional(),
        at,
        limit: z.int().min(1).max(100).default(10),
      }),
    )
    .output(
      z.object({
        data: z.array(z.object({ ...entityPassage.shape, score: z.number() })),
        facts: z.array(fact),
        /** What the query was taken to speak of. */
        entities: z.array(z.object({ ...node.shape, score: z.number() })),
      }),
    ),
  export: endpoint(
    {
      method: 'GET',
      path: `${path}/export`,
      summary: 'Export entities with the facts they are the subject of',
      tag,
    },
    mayRead,
  )
    .input(pageQuery.extend(place))
    .output(pageOf(z.object({ ...entity.shape, facts: z.array(fact) }))),
};
