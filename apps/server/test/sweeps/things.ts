// Furnishes an organization with one of everything, so that sweeps and the proof of isolation have a real thing for every id
// that an endpoint takes. Rows are written through the door, as the organization's own; `mark` is part of every text.
import { CompiledQuery } from 'kysely';
import type { App } from '../../src/app.ts';
import { newId } from '../../src/platform/ids.ts';
import { type PromptThings, promptExtras, promptInsertions } from './prompt-things.ts';

/** An id, or another reference, for each field that names a thing. */
export type Things = PromptThings & {
  organization_id: string;
  organization_slug: string;
  workspace_id: string;
  other_workspace_id: string;
  member_id: string;
  session_id: string;
  role_id: string;
  role_slug: string;
  invitation_id: string;
  key_id: string;
  credential_id: string;
  organization_credential_id: string;
  model_route_id: string;
  organization_model_route_id: string;
  budget_id: string;
  agent_id: string;
  agent_tool_id: string;
  conversation_id: string;
  message_id: string;
  attachment_id: string;
  share_id: string;
  collection_id: string;
  graph_collection_id: string;
  entity_id: string;
  /** Another entity of the same collection. */
  other_entity_id: string;
  /** An estimate. */
  graph_run_id: string;
  running_graph_run_id: string;
  /** A stopped run, of which a passage has failed. */
  stopped_graph_run_id: string;
  /** A collection that another workspace may read. */
  shared_collection_id: string;
  group_id: string;
  /** One that is being embedded with another model. */
  changing_collection_id: string;
  document_id: string;
  /** Documents that failed, and that wait for ever. */
  failed_document_id: string;
  waiting_document_id: string;
  test_set_id: string;
  test_query_id: string;
  test_run_id: string;
  /** A call in the log, not in the ledger. */
  request_id: string;
  event_id: string;
  /** A model that a credential of the workspace offers. */
  model: string;
  email: string;
  password: string;
  refresh_token: string;
  invitation_token: string;
  share_token: string;
  provider_url: string;
  provider_key: string;
};

/** What is known of an organization before it is furnished. */
export type Home = Pick<
  Things,
  'organization_id' | 'organization_slug' | 'workspace_id' | 'other_workspace_id'
>;

/** An entity that is mentioned in the one passage of a document made for it. */
const entity = (key: string) => `, collection as (
    select c.id from collections c, given where c.organization_id = o and c.workspace_id = w and c.name = mark || ' graph' limit 1
  ), document as (
    insert into documents (organization_id, id, workspace_id, collection_id, title, source, source_kind, version, latest_version)
    select o, gen_random_uuid(), w, collection.id, mark, mark, 'text', 1, 1 from given, collection returning *
  ), version as (
    insert into document_versions (organization_id, document_id, version, workspace_id, collection_id, file_name, bytes,
      content_hash, status)
    select organization_id, id, 1, workspace_id, collection_id, title, 1, '\\x00', 'ready' from document
  ), chunk as (
    insert into chunks (organization_id, id, workspace_id, collection_id, document_id, version, seq, kind, text, start_offset,
      end_offset, tokens)
    select organization_id, gen_random_uuid(), workspace_id, collection_id, id, 1, 0, 'text', title, 0, 1, 1 from document returning *
  ), entity as (
    insert into graph_entities (organization_id, workspace_id, collection_id, id, key, name, type, method, mention_count)
    select o, w, collection.id, given.id, mark || '${key}', mark || '${key}', 'thing', 'local', 1 from given, collection returning *
  ), name as (
    insert into graph_names (organization_id, collection_id, key, workspace_id, entity_id, name)
    select organization_id, collection_id, key, workspace_id, id, name from entity
  )
  insert into graph_mentions (organization_id, entity_id, chunk_id, workspace_id, collection_id, document_id, version, method)
  select organization_id, given.id, chunk.id, workspace_id, collection_id, document_id, 1, 'local' from chunk, given`;

const graphRun = (status: string) => `
  insert into graph_runs (organization_id, id, workspace_id, collection_ids, model, origin, status, estimate, cap_tokens, started_at)
  select o, id, w, array(select c.id from collections c where c.organization_id = o and c.workspace_id = w and c.name = mark || ' graph'),
    mark, 'person', '${status}', jsonb_build_object('passages', 1, 'already_read', 0, 'input_tokens', 1,
    'output_tokens', 1, 'cost_micros', null, 'currency', null, 'seconds', 1), 1000, '2999-01-01' from given`;

/** What each insertion selects from: one row with the organization, the workspace, the new id and the mark. */
const given = 'with given as (select $1::uuid as o, $2::uuid as w, $3::uuid as id, $4::text as mark)';

const credential = (workspace: 'w' | 'null') => `
  insert into credentials (organization_id, id, workspace_id, name, provider, base_url, secret_hint, models, settings)
  select o, id, ${workspace}, mark, 'custom', 'http://127.0.0.1:9/' || mark, mark, array[mark || '-model'],
    jsonb_build_object('text', mark) from given`;

const modelRoute = (workspace: 'w' | 'null') => `
  insert into model_routes (organization_id, id, workspace_id, name, description, strategy, sticky, targets, attempts_max)
  select o, id, ${workspace}, mark, mark, 'ordered', 'none',
    jsonb_build_array(jsonb_build_object('model', mark || '-model', 'variant', mark)), 3 from given`;

const collection = `
  insert into collections (organization_id, id, workspace_id, name, slug, description, embedding_model)
  select o, id, w, mark, left(mark, 20) || '-' || id, mark, 'insula/minilm-l6-v2' from given`;
const document = (status: 'ready' | 'failed' | 'queued') => `
  , made as (
    insert into documents (organization_id, id, workspace_id, collection_id, title, source, source_kind, external_id, metadata,
      version, latest_version)
    select o, given.id, w, c.id, mark, mark, 'text', mark || given.id, jsonb_build_object('text', mark),
      ${status === 'ready' ? 1 : 'null'}, 1
    from given join collections c on c.organization_id = o and c.workspace_id = w and c.is_default
    returning collection_id
  )
  insert into document_versions (organization_id, document_id, version, workspace_id, collection_id, file_name, blob_id, bytes, content_hash,
    format, status, error_detail, retry_at)
  select o, id, 1, w, collection_id, mark, id, 1, convert_to(mark || id, 'utf8'), 'text', '${status}', mark,
    ${status === 'queued' ? "'2040-01-01'" : 'null'}::timestamptz from given, made`;

const insertions: Partial<Record<keyof Things, string>> = {
  member_id: `insert into members (organization_id, id, account_id, email, name, role)
    select o, id, gen_random_uuid(), mark || id || '@example.com', mark, 'user' from given`,
  session_id: `
    insert into sessions (organization_id, id, member_id, method, refresh_seed, confirmed_at, ip, user_agent, expires_at)
    select o, given.id, m.id, 'password', convert_to(mark, 'utf8'), now(), mark, mark, now() + interval '1 day'
    from given join members m on m.organization_id = o and m.name = mark limit 1`,
  role_id: `insert into roles (organization_id, id, slug, name, permissions)
    select o, id, left(mark, 20) || '-' || id, mark, '{agents:read}' from given`,
  invitation_id: `insert into invitations (organization_id, id, email, role, token_hash, expires_at)
    select o, id, mark || id || '@example.com', 'user', convert_to(mark || id, 'utf8'), now() + interval '1 day' from given`,
  key_id: `
    insert into api_keys (organization_id, id, workspace_id, name, mode, reference, key_hash, scopes, created_by)
    select o, given.id, w, mark, 'live', right(given.id::text, 8), convert_to(mark || given.id, 'utf8'), '{chat}', m.id
    from given join members m on m.organization_id = o and m.name = mark limit 1`,
  credential_id: credential('w'),
  organization_credential_id: credential('null'),
  model_route_id: modelRoute('w'),
  organization_model_route_id: modelRoute('null'),
  request_id: `insert into request_log (organization_id, id, workspace_id, request, response)
    select o, id, w, mark, mark from given`,
  budget_id: `
    insert into budgets (organization_id, id, name, scope, amount_micros, currency, period, thresholds, unknown_price)
    select o, id, mark, 'organization', 1000000000, 'USD', 'month', '{80}', 'allow' from given`,
  agent_id: `, made as (
      insert into agents (organization_id, id, workspace_id, name, slug, description, system_prompt, model_name, tool_config, personality)
      select o, id, w, mark, left(mark, 20) || '-' || id, mark, mark, mark, jsonb_build_object('text', mark),
        jsonb_build_object('name', mark) from given returning *)
    insert into agent_versions (organization_id, id, workspace_id, agent_id, version, fields, created_by_name)
    select organization_id, id, workspace_id, id, 1, to_jsonb(made), name from made`,
  agent_tool_id: `
    insert into agent_tools (organization_id, id, workspace_id, name, description, kind, settings)
    select o, given.id, w, mark || given.id, mark, 'agent', jsonb_build_object('agent_id', a.id, 'text', mark)
    from given join agents a on a.organization_id = o and a.name = mark limit 1`,
  collection_id: collection,
  shared_collection_id: collection,
  changing_collection_id: `
    insert into collections (organization_id, id, workspace_id, name, slug, description, embedding_model, next_embedding_model,
      next_embedding_generation)
    select o, id, w, mark, left(mark, 20) || '-' || id, mark, 'insula/minilm-l6-v2', mark, 2 from given`,
  document_id: document('ready'),
  failed_document_id: document('failed'),
  waiting_document_id: document('queued'),
  test_set_id: `insert into test_sets (organization_id, id, workspace_id, name, description)
    select o, id, w, mark || id, mark from given`,
  test_query_id: `insert into test_queries (organization_id, id, workspace_id, test_set_id, key, query, expected)
    select o, given.id, w, s.id, mark, mark, jsonb_build_array(jsonb_build_object('kind', 'external', 'id', mark, 'grade', 1))
    from given join test_sets s on s.organization_id = o and s.workspace_id = w and s.name = mark || s.id limit 1`,
  test_run_id: `insert into test_runs (organization_id, id, workspace_id, test_set_id, name, settings, status, queries)
    select o, given.id, w, s.id, mark, '{"limit": 10}', 'done', 1
    from given join test_sets s on s.organization_id = o and s.workspace_id = w and s.name = mark || s.id limit 1`,
  group_id: `insert into access_groups (organization_id, id, workspace_id, name)
    select o, id, w, mark || id from given`,
  graph_collection_id: `
    insert into collections (organization_id, id, workspace_id, name, slug, description, embedding_model)
    select o, id, w, mark || ' graph', left(mark, 20) || '-' || id, mark, 'insula/minilm-l6-v2' from given`,
  entity_id: entity(''),
  other_entity_id: entity(' other'),
  graph_run_id: graphRun('estimated'),
  running_graph_run_id: graphRun('running'),
  stopped_graph_run_id: graphRun('stopped'),
  conversation_id: `
    insert into conversations (organization_id, id, workspace_id, agent_id, owner_kind, owner_id, session_id, number, title, activity_id)
    select o, given.id, w, a.id, 'member', m.id, mark || given.id, floor(random() * 2 ^ 48)::bigint, mark, given.id
    from given join agents a on a.organization_id = o and a.name = mark
    join members m on m.organization_id = o and (m.role = 'admin' or m.name = mark) order by m.role, m.id desc limit 1`,
  message_id: `, talk as (
      select c.* from given join conversations c on c.organization_id = o and c.title = mark and c.active_message_id is null
      order by c.id desc limit 1
    ), question as (
      insert into messages (organization_id, id, workspace_id, conversation_id, parent_id, role, parts, text)
      select o, gen_random_uuid(), w, c.id, c.id, 'user', jsonb_build_array(jsonb_build_object('type', 'text', 'text', mark)), mark
      from given cross join talk c returning *
    ), made as (
      insert into messages (organization_id, id, workspace_id, conversation_id, parent_id, role, parts, text, status, agent_id, model,
        feedback_reason)
      select o, given.id, w, c.id, q.id, 'assistant', jsonb_build_array(jsonb_build_object('type', 'text', 'text', mark)), mark,
        'stopped', c.agent_id, mark, mark
      from given cross join talk c cross join question q returning *)
    update conversations c set active_message_id = made.id, message_count = 2 from made
    where c.organization_id = made.organization_id and c.id = made.conversation_id`,
  attachment_id: `
    insert into conversation_attachments (organization_id, id, workspace_id, conversation_id, name, media_type, bytes, text)
    select o, given.id, w, c.id, mark, 'text/plain', 1, mark from given
    join conversations c on c.organization_id = o and c.title = mark order by c.id desc limit 1`,
  share_id: `
    insert into conversation_shares (organization_id, id, workspace_id, conversation_id, message_id, audience, token_hash, expires_at)
    select o, given.id, w, c.id, c.active_message_id, 'organization', convert_to(mark || given.id, 'utf8'), now() + interval '1 day'
    from given join conversations c on c.organization_id = o and c.title = mark order by c.id desc limit 1`,
  event_id: `
    insert into events (organization_id, id, workspace_id, type, actor_kind, actor_name, subject_type, subject_id, details)
    select o, id, w, 'sweep.furnished', 'system', mark, 'organization', mark, jsonb_build_object('text', mark) from given`,
  ...promptInsertions,
};

/** A passage that failed in the stopped run. */
const failedPassage = `
  insert into graph_passages (organization_id, chunk_id, workspace_id, collection_id, document_id, version, run_id, model,
    text_hash, status, error_code, error_detail)
  select o, m.chunk_id, w, m.collection_id, m.document_id, 1, given.id, mark, '\\x00', 'failed', 'x', mark
  from given join graph_entities e on e.organization_id = o and e.name = mark join graph_mentions m on m.entity_id = e.id limit 1`;

/** What a workspace has one of. */
const guardrails = `insert into guardrails (organization_id, id, workspace_id, policy)
  select o, id, w, jsonb_build_object('enabled', false, 'on_failure', 'allow', 'rules', jsonb_build_array(jsonb_build_object(
    'type', 'deny_list', 'name', mark, 'phases', jsonb_build_array('input'), 'action', 'flag', 'words', jsonb_build_array(mark))))
  from given on conflict do nothing`;
const cache = `
  insert into answer_caches (organization_id, workspace_id, mode, ttl_seconds, cache_sampled, similarity_threshold, max_entries)
  select o, w, 'off', 60, false, 0.95, 10 from given where mark <> '' and id is not null on conflict do nothing`;

const inGroup = `insert into access_group_members (organization_id, group_id, member_id, workspace_id)
  select g.organization_id, g.id, given.id, w from given join access_groups g
  on g.organization_id = o and g.workspace_id = w and g.name = mark || g.id`;
const share = `insert into collection_shares (organization_id, collection_id, workspace_id, to_workspace_id, granted_by_name)
  values ($1, $2, $3, $4, $5)`;

const roleInWorkspace = `insert into workspace_members (organization_id, workspace_id, member_id, role)
  select o, w, id, 'viewer' from given where mark <> ''`;

/** The things as an endpoint means them: where it is one of the whole organization, so is the thing it names. */
export function thingsFor(endpointName: string, things: Things): Things {
  if (!/^organization[A-Z]/.test(endpointName)) return things;
  const owned = Object.entries(things).filter(([noun]) => `organization_${noun}` in things);
  const wide = owned.map(([noun]) => [noun, things[`organization_${noun}` as keyof Things]]);
  return { ...things, ...Object.fromEntries(wide) };
}

/** Makes one of everything in a workspace; answers the ids. Texts contain `mark`, which is a valid slug. */
export async function furnish(app: Pick<App, 'db' | 'blobs'>, home: Home, mark: string): Promise<Things> {
  const ids = Object.fromEntries(Object.keys(insertions).map((noun) => [noun, newId()])) as Things;
  await app.db.as({ organization_id: home.organization_id, workspaces: '*' }, async (tx) => {
    const insert = (text: string, id: string) =>
      tx.executeQuery(
        CompiledQuery.raw(`${given} ${text}`, [home.organization_id, home.workspace_id, id, mark]),
      );
    for (const [noun, text] of Object.entries(insertions)) await insert(text, ids[noun as keyof Things]);
    for (const text of [roleInWorkspace, guardrails, cache, inGroup, ...promptExtras])
      await insert(text, ids.member_id);
    const { organization_id: o, workspace_id: w, other_workspace_id: other } = home;
    if (w !== other)
      await tx.executeQuery(CompiledQuery.raw(share, [o, ids.shared_collection_id, w, other, mark]));
    await insert(failedPassage, ids.stopped_graph_run_id);
  });
  for (const file of ['original', 'text-1'])
    await app.blobs
      .for(home.organization_id)
      .put(`documents/${ids.document_id}/${file}`, Buffer.from(`${mark} file`));
  return {
    ...ids,
    ...home,
    role_slug: `${mark.slice(0, 20)}-${ids.role_id}`,
    model: `${mark}-model`,
    email: `${mark}${ids.member_id}@example.com`,
    password: mark,
    refresh_token: mark,
    invitation_token: mark,
    share_token: mark,
    provider_url: 'http://127.0.0.1:9/v1',
    provider_key: `${mark}-key`,
  };
}
