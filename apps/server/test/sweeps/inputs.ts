// Makes a valid call of any endpoint from its contract alone, so that a new endpoint is swept on its first day. What a schema
// cannot say (an address that answers, a password that is right) stands in one small table; an endpoint that cannot be
// called with what is known here is an error.
import { newId } from '../../src/platform/ids.ts';
import { type Endpoint, paramsOf, type Shape } from './read-endpoints.ts';
import { type Things, thingsFor } from './things.ts';

export type Input = Record<string, unknown>;

/** What the fields of an endpoint mean, where the schema alone does not tell. */
const meanings: Record<string, (things: Things) => Input> = {
  'organizations.change': () => ({ contact_name: unique() }),
  'organizations.changePlan': () => ({ max_users: 500 }),
  'organizations.changeConfiguration': () => ({ default_model: unique() }),
  'organizations.remove': (things) => ({ confirm: things.organization_slug }),
  'organizations.move': () => ({ placement: 'dedicated' }),
  'workspaces.change': () => ({ description: unique() }),
  'workspaces.remove': (things) => ({ workspace_id: things.other_workspace_id }),
  'auth.login': (things) => ({
    email: things.email,
    password: things.password,
    organization: things.organization_slug,
  }),
  'auth.refresh': (things) => ({ refresh_token: things.refresh_token }),
  'auth.changePassword': (things) => ({
    current_password: things.password,
    new_password: 'seven lamps beside the harbour',
  }),
  'members.change': () => ({ name: unique() }),
  'roles.change': () => ({ name: unique() }),
  'invitations.create': (things) => ({
    role: 'user',
    workspace_roles: [{ workspace_id: things.workspace_id, role: 'viewer' }],
  }),
  'invitations.preview': (things) => ({ token: things.invitation_token }),
  'invitations.accept': (things) => ({ token: things.invitation_token, password: things.password }),
  'budgets.create': () => ({ amount_micros: 1_000_000_000, unknown_price: 'allow' }),
  'budgets.change': () => ({ name: unique() }),
  'testQueries.put': () => ({
    queries: [{ key: unique(), query: 'Where?', expected: [{ external_id: 'a' }] }],
  }),
  'collectionShares.remove': (things) => ({ collection_id: things.shared_collection_id }),
  'collections.change': () => ({ name: unique() }),
  'documents.create': () => ({ content: unique() }),
  'documents.change': () => ({ title: unique() }),
  'documents.replace': () => ({ content: unique() }),
  'documents.retry': (things) => ({ document_id: things.failed_document_id }),
  'documents.cancel': (things) => ({ document_id: things.waiting_document_id }),
  'embedding.cancel': (things) => ({ collection_id: things.changing_collection_id }),
  'ragDocuments.create': (things) => ({ content: unique(), workspace_id: things.workspace_id }),
  'ragDocuments.remove': (things) => ({ workspace_id: things.workspace_id }),
  'graph.change': () => ({ name: unique() }),
  'graphRuns.start': (things) => ({ estimate_id: things.graph_run_id, token_cap: 1_000 }),
  'graphRuns.stop': (things) => ({ graph_run_id: things.running_graph_run_id }),
  'graphRuns.resume': (things) => ({ graph_run_id: things.stopped_graph_run_id }),
  'graphRuns.retry': (things) => ({ graph_run_id: things.stopped_graph_run_id }),
  'agents.change': () => ({ description: unique() }),
  'agentTemplates.use': () => ({ template: 'support', slug: unique() }),
  'agentTools.create': (things) => ({ kind: 'agent', settings: { agent_id: things.agent_id } }),
  'agentTools.change': () => ({ description: unique() }),
  'chat.ask': (things) => ({ model: things.model }),
  'chat.regenerate': (things) => ({ model: things.model }),
  'uiChat.send': () => ({ messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }] }),
  'simpleChat.send': (things) => ({ model: things.model }),
  'simpleChat.query': (things) => ({ options: { modelOverride: things.model } }),
  'conversations.change': () => ({ title: unique() }),
  'linkedConversations.open': (things) => ({ token: things.share_token }),
  'linkedConversations.openPublic': (things) => ({ token: things.share_token }),
  'encryptionKeys.rotate': () => ({}),
  'credentials.create': newCredential,
  'credentials.change': () => ({ name: unique(), test: false }),
  'organizationCredentials.create': newCredential,
  'organizationCredentials.change': () => ({ name: unique(), test: false }),
  'modelRoutes.create': newModelRoute,
  'modelRoutes.change': () => ({ name: unique() }),
  'organizationModelRoutes.create': newModelRoute,
  'organizationModelRoutes.change': () => ({ name: unique() }),
  'requests.tail': () => ({ wait_seconds: 0 }),
  'workspaceGuardrails.replace': newRules,
  'organizationGuardrails.replace': newRules,
  'usage.reRate': () => ({ from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }),
  'usage.reconcile': () => ({ rows: [{ day: '2026-01-31', cost_micros: 1 }] }),
  'platformPrices.publish': newPrices,
  'platformPrices.override': newPrices,
  'openaiSurface.chatCompletions': (things) => ({
    model: things.model,
    messages: [{ role: 'user', content: 'Hello' }],
  }),
  'openaiSurface.responses': (things) => ({ model: things.model, input: 'Hello' }),
  'openaiSurface.completions': (things) => ({ model: things.model, prompt: 'Hello' }),
  'anthropicSurface.messages': (things) => ({
    model: things.model,
    max_tokens: 16,
    messages: [{ role: 'user', content: 'Hello' }],
  }),
  'anthropicSurface.countTokens': (things) => ({
    model: things.model,
    messages: [{ role: 'user', content: 'Hello' }],
  }),
  'prompts.restore': (things) => ({ prompt_id: things.removed_prompt_id }),
  'promptLabels.remove': () => ({ label: 'production' }),
  'promptGates.remove': () => ({ label: 'production' }),
  'enhancements.create': (things) => ({ content: 'Hello', model: things.model }),
  'comparisons.create': (things) => ({
    content: 'Hello',
    candidates: [{ settings: { model: things.model } }],
  }),
  'jobs.create': (things) => ({ template: 'Hello', model: things.model }),
  'jobs.cancel': (things) => ({ job_id: things.scheduled_job_id }),
  'openaiSurface.embeddings': (things) => ({ model: things.model, input: 'Hello' }),
};

/** Fields that hold an id, and the noun it is of where the field does not say. */
const nouns: Record<string, keyof Things> = {
  estimate_id: 'graph_run_id',
  workspace: 'workspace_id',
  to_workspace_id: 'other_workspace_id',
  other_test_run_id: 'test_run_id',
  actor_id: 'member_id',
  run: 'event_id',
  author_id: 'member_id',
  parent_id: 'job_id',
};

/** Makes the least input that an endpoint takes; throws when it is not known how. */
export function makeInput(endpoint: Endpoint, things: Things): Input {
  const own = thingsFor(endpoint.name, things);
  const least = makeValue('', endpoint.shape, own) as Input;
  const input = { ...least, ...meanings[endpoint.name]?.(own) };
  const read = endpoint.input.safeParse(input);
  if (!read.success)
    throw new Error(
      `inputs.ts does not know how to call ${endpoint.name}: ${read.error.message}\n${JSON.stringify(input)}`,
    );
  return input;
}

/** A value of the shape: ids are those of `things`, everything else is the least that is allowed. */
export function makeValue(field: string, shape: Shape, things: Things): unknown {
  if (shape.const !== undefined) return shape.const;
  if (shape.enum) return shape.enum[0];
  if (shape.anyOf) return makeValue(field, shape.anyOf.find((one) => one.type !== 'null')!, things);
  if (shape.type === 'object')
    return Object.fromEntries(
      (shape.required ?? []).map((key) => [key, makeValue(key, shape.properties?.[key] ?? {}, things)]),
    );
  if (shape.type === 'array')
    return Array.from({ length: shape.minItems ?? 0 }, () => makeValue(field, shape.items ?? {}, things));
  if (shape.type === 'integer' || shape.type === 'number') return shape.minimum ?? 1;
  if (shape.type === 'boolean') return true;
  if (shape.type === 'string') return textOf(field, shape, things);
  return {};
}

function textOf(field: string, shape: Shape, things: Things): string {
  const known = things[nouns[field] ?? (field as keyof Things)];
  if (shape.format === 'uuid') {
    if (known === undefined)
      throw new Error(`inputs.ts knows no thing for the field ${field}: add it to things.ts`);
    return known;
  }
  if (shape.format === 'email') return `${unique()}@example.com`;
  if (shape.format === 'date-time') return new Date(Date.now() + 86_400_000).toISOString();
  if (shape.format === 'uri') return things.provider_url;
  if (field === 'model') return things.model;
  if (shape.pattern?.includes('{64}')) return 'a'.repeat(64);
  return unique().slice(0, shape.maxLength ?? 30);
}

/** A short text that was never used before; it is a valid slug. */
export function unique(): string {
  return `s-${newId().slice(-12)}`;
}

function newPrices(): Input {
  return { prices: [{ provider: 'custom', model: unique(), input: '1', output: '2' }] };
}

function newCredential(things: Things): Input {
  return { provider: 'custom', base_url: things.provider_url, api_key: things.provider_key, test: false };
}

function newModelRoute(things: Things): Input {
  return { targets: [{ model: things.model, credential_id: things.credential_id }] };
}

function newRules(): Input {
  return { rules: [{ type: 'personal', name: unique(), action: 'mask' }] };
}

export type Request = { method: string; path: string; body: string | undefined };

/** The request that carries an input to an address: parameters in the path, the rest in the query or the body. */
export function requestOf(endpoint: Pick<Endpoint, 'method' | 'url'>, input: Input): Request {
  const rest = { ...input };
  const names = paramsOf(endpoint);
  const filled = names.reduce((url, name) => {
    delete rest[name];
    return url.replace(`:${name}`, encodeURIComponent(String(input[name])));
  }, endpoint.url);
  if (endpoint.method !== 'GET') return { method: endpoint.method, path: filled, body: JSON.stringify(rest) };
  const query = new URLSearchParams(
    Object.entries(rest).map(([key, value]): [string, string] => [key, String(value)]),
  );
  return { method: 'GET', path: query.size > 0 ? `${filled}?${query}` : filled, body: undefined };
}
