// A credential opened and ready for use: where its provider is and what is sent along. It lives in memory only, is never
// logged, and everything made from it calls its own origin.
import { gatewayProblem } from '@insula/contract/gateway';
import type { Surface } from '../wires/index.ts';
import {
  addressOf,
  type GivenFields,
  refuseUnusedFields,
  requireKeys,
  type Secrets,
  type Settings,
  secretsIn,
  settingsIn,
} from './describe-fields.ts';
import { findProvider, type Provider, providerList } from './provider-list.ts';

export type Connection = {
  credentialId: string | null;
  provider: Provider;
  /** Without a slash at its end. */
  baseUrl: string;
  secrets: Secrets;
  settings: Settings;
};

/** The provider by that id; throws `provider_unknown` with the ones there are. */
export function getProvider(id: string): Provider {
  const provider = findProvider(id);
  if (provider) return provider;
  throw gatewayProblem('provider_unknown', {
    provider: id,
    providers: providerList.map((p) => p.id).join(', '),
  });
}

/** The connection that the fields of a new credential make; throws what is missing, and what is not of this provider. */
export function connectProvider(id: string, given: GivenFields): Connection {
  const provider = getProvider(id);
  refuseUnusedFields(provider, given);
  const secrets = secretsIn(given);
  const baseUrl = addressOf(provider, given);
  requireKeys(provider, secrets);
  return { credentialId: null, provider, baseUrl, secrets: secrets ?? {}, settings: settingsIn(given) };
}

/** The headers that carry an API key and the protocol's version; none for keys that sign (Bedrock's access keys). */
export function keyHeaders({
  provider,
  secrets,
}: Pick<Connection, 'provider' | 'secrets'>): Record<string, string> {
  const version: Record<string, string> =
    provider.dialect === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {};
  const key = secrets.api_key;
  if (key === undefined) return version;
  const value = provider.keyHeader === 'authorization' ? `Bearer ${key}` : key;
  return { ...version, [provider.keyHeader]: value };
}

/** Azure's addresses: `/openai/v1`, or `/openai/deployments/{name}` for a dated `api_version`. */
export type AzurePlace = { root: string; isClassic: boolean; query: string };

/** Reads which of Azure's two addresses a credential means; its base URL may end before or behind `/openai` or `/openai/v1`. */
export function azurePlaceOf({ baseUrl, settings }: Pick<Connection, 'baseUrl' | 'settings'>): AzurePlace {
  const root = baseUrl.replace(/\/openai(\/v1)?$/, '');
  const version = settings.api_version ?? 'v1';
  const isClassic = /^\d/.test(version);
  return { root, isClassic, query: version === 'v1' ? '' : `?api-version=${encodeURIComponent(version)}` };
}

/** The path, with its query, at which a connection serves OpenAI's `endpoint` (such as `/chat/completions`) for a model. */
export function relayPath(connection: Connection, endpoint: string, model: string): string {
  if (connection.provider.id !== 'azure') return `${pathOf(connection.baseUrl)}${endpoint}`;
  const { root, isClassic, query } = azurePlaceOf(connection);
  const place = isClassic ? `/openai/deployments/${encodeURIComponent(model)}` : '/openai/v1';
  return `${pathOf(root)}${place}${endpoint}${query}`;
}

/** Whether a provider speaks the protocol of a surface itself; otherwise calls are translated. */
export function speaks(connection: Connection, surface: Surface): boolean {
  const { provider } = connection;
  switch (surface) {
    case 'embeddings':
      return provider.embeddings === 'relayed';
    case 'responses':
      return provider.id === 'openai' || (provider.id === 'azure' && !azurePlaceOf(connection).isClassic);
    case 'messages':
    case 'messages.count_tokens':
      return provider.dialect === 'anthropic';
    default:
      return provider.dialect === 'openai';
  }
}

/** The path of an address, without a slash at its end. */
export const pathOf = (address: string): string => new URL(address).pathname.replace(/\/+$/, '');
