// The API described for machines and for /docs, OpenAPI 3.1: derived from the contract and from nothing else, so that it
// cannot say what the server does not do. The same contract gives the same bytes.
import type { EndpointMeta } from '@insula/contract';
import type { AnyContractRouter, AnySchema, OpenAPI } from '@orpc/contract';
import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import { urlsOf } from './mount-contract.ts';
import { openapiAbout, openapiComponents, openapiErrors, openapiHeaders } from './openapi.ts';
import { tidyOpenapi } from './tidy-openapi.ts';
import { walkContract } from './walk-contract.ts';

export type OpenApiDocument = OpenAPI.Document;
type Operation = OpenAPI.OperationObject<{ 'x-permission'?: string }>;
type Endpoint = { name: string; path: string; method: string; meta: EndpointMeta; outputs: AnySchema };

/** Describes every endpoint of a contract, those of foreign protocols included. */
export async function buildOpenApi(contract: AnyContractRouter): Promise<OpenApiDocument> {
  const endpoints = listEndpoints(contract);
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const made = await generator.generate(contract, { commonSchemas: nameSchemas(endpoints) });
  const paths: OpenAPI.PathsObject = {};
  for (const endpoint of endpoints) {
    const operation = made.paths?.[endpoint.path]?.[endpoint.method as 'get'] as Operation;
    const url = openapiUrls(endpoint)[0]!;
    paths[url] = { ...paths[url], [endpoint.method]: complete(operation, endpoint) };
  }
  const tags = [...new Set(Object.values(paths).flatMap((path) => tagsOf(path ?? {})))];
  return tidyOpenapi({
    openapi: '3.1.1',
    ...openapiAbout,
    tags: tags.map((name) => ({ name })),
    paths,
    components: {
      ...openapiComponents,
      schemas: { ...openapiComponents.schemas, ...made.components?.schemas },
    },
  });
}

function listEndpoints(contract: AnyContractRouter): Endpoint[] {
  return [...walkContract(contract)].map(({ name, endpoint }) => {
    const { route, meta, outputSchema } = endpoint['~orpc'];
    return {
      name,
      path: route.path ?? '/',
      method: (route.method ?? 'GET').toLowerCase(),
      meta: meta as EndpointMeta,
      outputs: outputSchema as AnySchema,
    };
  });
}

/** What an endpoint answers gets a name when it is a thing of its own: the row of a list, the subject of a get. */
function nameSchemas(endpoints: Endpoint[]) {
  const named = new Map<AnySchema, string>();
  const name = (schema: AnySchema | undefined, title: string) => {
    if (schema && !named.has(schema) && ![...named.values()].includes(title)) named.set(schema, title);
  };
  for (const { name: endpoint, outputs } of endpoints) {
    const [noun = '', verb = ''] = endpoint.split('.');
    if (verb === 'list') name(rowOf(outputs), toTitle(noun));
    if (verb === 'get') name(outputs, toTitle(noun));
  }
  for (const { name: endpoint, outputs } of endpoints) {
    const [verb, subject] = /\.(list|get)([A-Z]\w*)$/.exec(endpoint)?.slice(1) ?? [];
    if (subject) name(verb === 'list' ? rowOf(outputs) : outputs, toTitle(subject));
  }
  return Object.fromEntries(
    [...named].map(([schema, title]) => [title, { schema, strategy: 'output' as const }]),
  );
}

function rowOf(outputs: AnySchema): AnySchema | undefined {
  return (outputs as { shape?: { data?: { element?: AnySchema } } }).shape?.data?.element;
}

function toTitle(word: string): string {
  const singular = word.replace(/ies$/, 'y').replace(/([^s])s$/, '$1');
  return singular.charAt(0).toUpperCase() + singular.slice(1);
}

function openapiUrls({ path, meta }: Endpoint): string[] {
  return urlsOf(path, meta).map((url) => url.replace(/:(\w+)/g, '{$1}'));
}

function tagsOf(path: OpenAPI.PathItemObject): string[] {
  return Object.values(path).flatMap((operation) => (operation as Operation).tags ?? []);
}

function complete(operation: Operation, endpoint: Endpoint): Operation {
  const { meta, method } = endpoint;
  const protocol = meta.protocol;
  const headers = openapiHeaders({ method, meta });
  return {
    ...operation,
    description: describe(endpoint),
    ...(operation.parameters || headers.length > 0
      ? { parameters: [...(operation.parameters ?? []), ...headers] }
      : {}),
    ...(meta.file ? { requestBody: takeFile(operation) } : {}),
    responses: {
      ...(protocol ? foreignAnswers(operation, meta) : operation.responses),
      ...openapiErrors({ method, protocol }),
    },
    ...(meta.public ? { security: [] } : {}),
    ...(meta.permission ? { 'x-permission': meta.permission } : {}),
  };
}

/** The same fields as a form, with a file among them. */
function takeFile({ requestBody }: Operation): OpenAPI.RequestBodyObject {
  const body = requestBody as OpenAPI.RequestBodyObject;
  const json = body.content['application/json']?.schema as { properties?: Record<string, object> };
  const { content: _, content_type: __, ...fields } = json.properties ?? {};
  const file = { type: 'string' as const, contentMediaType: 'application/octet-stream' };
  const schema = { type: 'object' as const, properties: { ...fields, file }, required: ['file'] };
  return { ...body, content: { ...body.content, 'multipart/form-data': { schema } } };
}

function describe(endpoint: Endpoint): string {
  const { meta } = endpoint;
  const aliases = openapiUrls(endpoint)
    .slice(1)
    .filter((url) => !url.startsWith('/api/'));
  const who = meta.permission
    ? `Needs the permission \`${meta.permission}\`.`
    : meta.public
      ? 'Needs no credential.'
      : 'Needs a credential of a person; concerns only their own account.';
  if (aliases.length === 0) return who;
  return `${who}\n\nAlso at ${aliases.map((url) => `\`${url}\``).join(', ')}.`;
}

/** Foreign protocols answer in their own media types: lines of JSON, or JSON and event streams. */
function foreignAnswers(
  operation: Operation,
  { protocol, media = 'application/x-ndjson' }: EndpointMeta,
): OpenAPI.ResponsesObject {
  const [status = '200', answer] = Object.entries(operation.responses ?? {})[0] ?? [];
  const given = answer as OpenAPI.ResponseObject;
  if (protocol === 'text')
    return { [status]: { ...given, content: { [media]: { schema: { type: 'string' } } } } };
  const body = (operation.requestBody as OpenAPI.RequestBodyObject | undefined)?.content?.[
    'application/json'
  ];
  const streams = (body?.schema as { properties?: Record<string, unknown> } | undefined)?.properties?.stream;
  const events = streams
    ? { 'text/event-stream': { schema: { type: 'string', description: 'The events of the protocol.' } } }
    : {};
  return { [status]: { ...given, content: { ...given.content, ...events } } } as OpenAPI.ResponsesObject;
}
