// Where an id can stand in a request: every field of the contract that is one, nested ones too, texts that name a thing,
// cursors, and the headers that name an organization, a workspace or an earlier request.
import type { Endpoint } from '../../apps/server/test/sweeps/read-endpoints.ts';
import { paramsOf } from '../../apps/server/test/sweeps/read-endpoints.ts';
import { listFields } from '../../apps/server/test/sweeps/shape-fields.ts';
import { type Things, thingsFor } from '../../apps/server/test/sweeps/things.ts';
import { packId } from './pack-id.ts';

export type Position = {
  name: string;
  /** Where in the input, unless it is a header. */
  path?: string[];
  header?: string;
  /** What stands there when it is the things' owner whose id is tried; `own` are the attacker's things. */
  value(things: Things, own: Things): string;
};

/** Fields that name a thing by something else than an id, or are ids by another name. */
const references: Record<string, (things: Things, own: Things) => string> = {
  cursor: (things) => Buffer.from(things.agent_id.replaceAll('-', ''), 'hex').toString('base64url'),
  workspace: (things) => things.workspace_id,
  actor_id: (things) => things.member_id,
  run: (things) => things.event_id,
  author_id: (things) => things.member_id,
  parent_id: (things) => things.job_id,
  api_key_id: (things) => things.key_id,
  tool_id: (things) => things.agent_tool_id,
  estimate_id: (things) => things.graph_run_id,
  subject_id: (things) => things.agent_id,
  leaf: (things) => things.message_id,
  active_message_id: (things) => things.message_id,
  to_workspace_id: (things) => things.other_workspace_id,
  other_test_run_id: (things) => things.test_run_id,
  passage_id: (things) => things.document_id,
  organization: (things) => things.organization_slug,
  role: (things) => things.role_slug,
  model: (things) => things.model,
  search: (things) => things.email,
  email: (things) => things.email,
  username: (things) => things.email,
  slug: (things) => things.role_slug,
  refresh_token: (things, own) =>
    own.refresh_token.replace(packId(own.organization_id), packId(things.organization_id)),
  token: (things, own) =>
    own.invitation_token.replace(packId(own.organization_id), packId(things.organization_id)),
};

const headers: Position[] = [
  { name: 'X-Tenant-ID (id)', header: 'x-tenant-id', value: (things) => things.organization_id },
  { name: 'X-Tenant-ID (slug)', header: 'x-tenant-id', value: (things) => things.organization_slug },
  { name: 'X-Workspace-ID', header: 'x-workspace-id', value: (things) => things.workspace_id },
];
const idempotency: Position = {
  name: 'Idempotency-Key',
  header: 'idempotency-key',
  value: (things) => things.provider_key,
};

/** Whether what stands at the position belongs to a workspace, and not to the organization as a whole. */
export function isOfWorkspace({ name, path, header }: Position): boolean {
  const field = path ? nameOf(path) : header!;
  return (
    [
      'workspace_id',
      'workspace',
      'x-workspace-id',
      'key_id',
      'api_key_id',
      'agent_id',
      'agent_tool_id',
      'tool_id',
      'estimate_id',
      'graph_run_id',
      'entity_id',
      'other_entity_id',
      'parent_id',
      'conversation_id',
      'message_id',
      'active_message_id',
      'leaf',
      'attachment_id',
      'share_id',
      'collection_id',
      'group_id',
      'document_id',
      'prompt_id',
      'enhancement_prompt_id',
      'enhancement_id',
      'comparison_id',
      'playground_share_id',
      'dataset_id',
      'job_id',
      'parent_id',
      'evaluation_id',
      'run',
      'test_set_id',
      'test_query_id',
      'test_run_id',
      'other_test_run_id',
      'cursor',
      'subject_id',
      'model',
    ].includes(field) ||
    (['credential_id', 'model_route_id'].includes(field) && name.startsWith('path'))
  );
}

/** Every position of an endpoint. Throws on a field that is an id and of which no thing is known. */
export function listPositions(endpoint: Endpoint): Position[] {
  const fields = listFields(endpoint.shape).flatMap(({ path, shape }) => {
    const field = nameOf(path);
    const isId = (shape.anyOf ?? [shape]).some(({ format }) => format === 'uuid');
    const isText = (shape.anyOf ?? [shape]).some(({ type, enum: words }) => type === 'string' && !words);
    // The models of a route's targets are words that lead nowhere by themselves; whoever calls the route is asked then.
    if (field === 'model' && /modelRoutes\./i.test(endpoint.name)) return [];
    const value = references[field] ?? (isId ? (things: Things) => idOf(endpoint, field, things) : undefined);
    return value && isText ? [{ name: placeOf(endpoint, path), path, value }] : [];
  });
  return [...fields, ...headers, ...(endpoint.method === 'POST' ? [idempotency] : [])];
}

/** What the field at a place is called; of a list of ids, one of them: `group_ids` holds a `group_id`. */
const nameOf = (path: string[]) => (path.at(-1) === '0' ? path.at(-2)!.replace(/s$/, '') : path.at(-1)!);

function idOf(endpoint: Endpoint, field: string, things: Things): string {
  const id = thingsFor(endpoint.name, things)[field as keyof Things];
  if (!id)
    throw new Error(
      `${endpoint.name} takes a ${field}, and the proof has no such thing: add it to things.ts`,
    );
  return id;
}

function placeOf(endpoint: Endpoint, path: string[]): string {
  if (paramsOf(endpoint).includes(path[0]!)) return `path ${path[0]}`;
  return `${endpoint.method === 'GET' ? 'query' : 'body'} ${path.join('.')}`;
}
