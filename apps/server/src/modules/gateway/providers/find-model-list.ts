// Where each provider lists its models, and what of the list can be called here. Formats: OpenAI `GET /models`; Anthropic
// `GET /v1/models`; Gemini API `models.list`; Cohere `GET /v1/models`; Amazon Bedrock `ListFoundationModels` and
// `ListInferenceProfiles`; Azure OpenAI `Models - List`.
import { isObject } from '../usage/index.ts';
import { azurePlaceOf, type Connection, keyHeaders } from './connect-provider.ts';
import { signAwsRequest } from './sign-aws-request.ts';

export type ModelList = {
  url: URL;
  headers: Record<string, string>;
  /** The names in the answer; undefined when it is no list, null when the list does not say what can be called. */
  namesIn(json: unknown): unknown[] | undefined | null;
  /** What to look at when the answer is no list. */
  hint: string;
  /** A second list, which may fail. */
  also?: ModelList;
};

/** The list of a connection's provider. */
export function findModelList(connection: Connection): ModelList {
  const { provider, baseUrl } = connection;
  const headers = keyHeaders(connection);
  if (provider.id === 'azure') return azureList(connection);
  switch (provider.dialect) {
    case 'anthropic':
      return listAt(`${baseUrl}/models?limit=1000`, headers, (json) => namesOf(json, 'data', 'id'));
    case 'google':
      return listAt(`${baseUrl}/models?pageSize=1000`, headers, geminiNames);
    case 'cohere': // the list exists in version 1 of the API only
      return listAt(`${baseUrl.replace(/\/v2$/, '/v1')}/models?page_size=1000`, headers, cohereNames);
    case 'bedrock':
      return bedrockList(connection);
    default:
      return {
        ...listAt(`${baseUrl}/models`, headers, (json) => namesOf(json, 'data', 'id')),
        hint: 'Does base_url end in /v1?',
      };
  }
}

function listAt(url: string, headers: Record<string, string>, namesIn: ModelList['namesIn']): ModelList {
  return { url: new URL(url), headers, namesIn, hint: 'Check base_url.' };
}

/** Azure lists the models of the resource, which are not its deployments: the key is tried, and names are the person's to give. */
function azureList(connection: Connection): ModelList {
  const { root, isClassic, query } = azurePlaceOf(connection);
  const url = `${root}/openai${isClassic ? '' : '/v1'}/models${query}`;
  const list = listAt(url, keyHeaders(connection), (json) =>
    namesOf(json, 'data', 'id') ? null : undefined,
  );
  return { ...list, hint: 'Give the endpoint of the resource as base_url.' };
}

function rowsIn(json: unknown, field: string): Record<string, unknown>[] | undefined {
  const rows = isObject(json) ? json[field] : undefined;
  return Array.isArray(rows) ? rows.filter(isObject) : undefined;
}

const namesOf = (json: unknown, field: string, name: string) => rowsIn(json, field)?.map((row) => row[name]);
const has = (list: unknown, ...wanted: string[]) =>
  Array.isArray(list) && wanted.some((one) => list.includes(one));

/** Models that generate or embed, without the `models/` in front of their names. */
function geminiNames(json: unknown): unknown[] | undefined {
  return rowsIn(json, 'models')
    ?.filter(
      (row) =>
        row.supportedGenerationMethods === undefined ||
        has(row.supportedGenerationMethods, 'generateContent', 'embedContent'),
    )
    .map((row) => (typeof row.name === 'string' ? row.name.replace(/^models\//, '') : undefined));
}

function cohereNames(json: unknown): unknown[] | undefined {
  return rowsIn(json, 'models')
    ?.filter((row) => has(row.endpoints, 'chat', 'embed'))
    .map((row) => row.name);
}

/** Models that can be called on demand, and AWS's own inference profiles, by which the newer ones are called. */
function bedrockList(connection: Connection): ModelList {
  const origin = controlOrigin(connection.baseUrl);
  const listOf = (path: string, namesIn: ModelList['namesIn']): ModelList => {
    const url = new URL(origin + path);
    return { url, headers: bedrockHeaders(connection, url), namesIn, hint: 'Check base_url and region.' };
  };
  const models = listOf('/foundation-models', (json) =>
    rowsIn(json, 'modelSummaries')
      ?.filter(
        (row) =>
          has(row.outputModalities, 'TEXT', 'EMBEDDING') && has(row.inferenceTypesSupported, 'ON_DEMAND'),
      )
      .map((row) => row.modelId),
  );
  const profiles = listOf('/inference-profiles?maxResults=1000', (json) =>
    namesOf(json, 'inferenceProfileSummaries', 'inferenceProfileId'),
  );
  return { ...models, also: profiles };
}

function bedrockHeaders({ provider, secrets, settings }: Connection, url: URL): Record<string, string> {
  const { access_key_id, secret_access_key, session_token } = secrets;
  if (secrets.api_key !== undefined || !access_key_id || !secret_access_key)
    return keyHeaders({ provider, secrets });
  const keys = { access_key_id, secret_access_key, session_token };
  return signAwsRequest(keys, {
    url,
    service: 'bedrock',
    region: settings.region ?? '',
    now: new Date(),
  });
}

/**
 * Bedrock lists its models at an address of AWS beside the one where they are called. Only AWS's own pair is known to belong
 * together: at an endpoint of somebody else, the list is asked for at that endpoint, and the key goes nowhere else.
 */
export function controlOrigin(baseUrl: string): string {
  const { origin } = new URL(baseUrl);
  const own = /^https:\/\/bedrock-runtime(-fips)?(\.[a-z0-9-]+\.amazonaws\.com(\.cn)?)$/.exec(origin);
  return own ? `https://bedrock${own[1] ?? ''}${own[2]}` : origin;
}
