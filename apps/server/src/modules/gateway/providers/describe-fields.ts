// What a credential is made of, and what a provider needs of it: said once for the check, the form and the guide.
import { gatewayProblem } from '@insula/contract/gateway';
import type { Provider } from './provider-list.ts';

export type FieldName =
  | 'api_key'
  | 'access_key_id'
  | 'secret_access_key'
  | 'session_token'
  | 'base_url'
  | 'region'
  | 'api_version';

/** The fields as a person gave them. */
export type GivenFields = { [name in FieldName]?: string | undefined };
/** What is sealed, as one JSON text. */
export type Secrets = {
  [name in 'api_key' | 'access_key_id' | 'secret_access_key' | 'session_token']?: string | undefined;
};
/** What stands beside the address in the open. */
export type Settings = { region?: string | undefined; api_version?: string | undefined };

type Words = { label: string; help: string };

const SECRET_FIELDS = ['api_key', 'access_key_id', 'secret_access_key', 'session_token'] as const;
const SETTING_FIELDS = ['region', 'api_version'] as const;
const words: Record<FieldName, Words> = {
  api_key: { label: 'API key', help: 'Sealed when it is saved, and never shown again.' },
  access_key_id: { label: 'Access key ID', help: 'Of an IAM user or role, in place of an API key.' },
  secret_access_key: { label: 'Secret access key', help: 'Belongs to the access key ID.' },
  session_token: { label: 'Session token', help: 'Only with temporary access keys; they end by themselves.' },
  base_url: { label: 'Base URL', help: 'The key only ever travels to this origin.' },
  region: { label: 'Region', help: 'Such as us-east-1: where the models run.' },
  api_version: {
    label: 'API version',
    help: 'Empty or v1 for the address /openai/v1; a date such as 2024-10-21 for /openai/deployments.',
  },
};
const addressHelp: Record<string, string> = {
  azure: 'The endpoint of the resource, such as https://my-resource.openai.azure.com.',
  bedrock: 'Only for an endpoint of your own; otherwise it follows from the region.',
};

/** The fields of a provider as the contract shows them, in the order of a form. */
export function describeFields(provider: Provider) {
  return provider.fields.map((name) => ({
    name,
    label: words[name].label,
    help: (name === 'base_url' && addressHelp[provider.id]) || words[name].help,
    required: isRequired(provider, name),
    secret: (SECRET_FIELDS as readonly string[]).includes(name),
    default: name === 'base_url' ? (provider.baseUrl ?? null) : null,
  }));
}

function isRequired(provider: Provider, name: FieldName): boolean {
  if (name === 'region') return true;
  if (name === 'base_url') return provider.baseUrl === undefined && provider.id !== 'bedrock';
  return provider.keysAnyOf.length === 1 && provider.keysAnyOf[0]!.includes(name);
}

/** Throws `credential_field_unused` for a field that this provider does not take: what is not used is not kept. */
export function refuseUnusedFields(provider: Provider, given: GivenFields): void {
  for (const name of Object.keys(words) as FieldName[])
    if (given[name] !== undefined && !provider.fields.includes(name))
      throw gatewayProblem('credential_field_unused', {
        provider: provider.id,
        field: name,
        fields: provider.fields.join(', '),
      });
}

/** The secrets among the fields given; undefined when there are none. */
export function secretsIn(given: GivenFields): Secrets | undefined {
  const secrets = pick(given, SECRET_FIELDS);
  return Object.keys(secrets).length > 0 ? secrets : undefined;
}

/** The settings among the fields given. */
export function settingsIn(given: GivenFields): Settings {
  return pick(given, SETTING_FIELDS);
}

/** Throws `api_key_needed` unless the secrets hold one whole set of what the provider needs. */
export function requireKeys(provider: Provider, secrets: Secrets | undefined): void {
  const { keysAnyOf } = provider;
  const isWhole = (names: readonly FieldName[]) => names.every((name) => secrets?.[name as keyof Secrets]);
  const needsKey = keysAnyOf.length > 0 && !keysAnyOf.some(isWhole);
  // Half a pair is a mistake also beside a whole one: which would be used?
  const isMixed = keysAnyOf.length > 1 && secrets?.api_key && Object.keys(secrets).length > 1;
  if (needsKey || isMixed) throw keyNeeded(provider);
}

/** The problem that says which secrets must be given. */
export function keyNeeded(provider: Provider) {
  const sets = provider.keysAnyOf.length > 0 ? provider.keysAnyOf : [['api_key']];
  const fields = sets.map((names) => names.join(' and ')).join(', or ');
  return gatewayProblem('api_key_needed', { provider: provider.id, fields });
}

/** The address of a credential: as given, the provider's own, or the one of its region; throws `base_url_needed` or `region_needed`. */
export function addressOf(provider: Provider, given: { base_url?: string | undefined } & Settings): string {
  if (provider.fields.includes('region') && !given.region)
    throw gatewayProblem('region_needed', { provider: provider.id });
  const address = given.base_url ?? provider.baseUrl ?? addressInRegion(given.region);
  if (!address) throw gatewayProblem('base_url_needed', { provider: provider.id });
  return address.replace(/\/+$/, '');
}

/** Where Bedrock's models of a region are called. */
export function addressInRegion(region: string | undefined): string | undefined {
  if (region === undefined) return undefined;
  return `https://bedrock-runtime.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** The secrets as the text that is sealed. */
export function encodeSecrets(secrets: Secrets): Buffer {
  return Buffer.from(JSON.stringify(secrets));
}

/** Reads what was sealed; a text that is no JSON is an API key by itself. */
export function decodeSecrets(text: string): Secrets {
  if (!text.startsWith('{"')) return { api_key: text };
  const read = JSON.parse(text) as Record<string, unknown>;
  return pick(read, SECRET_FIELDS);
}

/** The settings in a row's column. */
export function decodeSettings(column: Readonly<Record<string, unknown>>): Settings {
  return pick(column, SETTING_FIELDS);
}

function pick<N extends string>(from: Readonly<Record<string, unknown>>, names: readonly N[]) {
  const picked: { [name in N]?: string } = {};
  for (const name of names) {
    const value = from[name];
    if (typeof value === 'string') picked[name] = value;
  }
  return picked;
}
