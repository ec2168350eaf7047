// How an endpoint of the contract is called on the command line: `insula <noun> <verb> [id] --flags`.

import { type Endpoint, isSurface, listEndpoints } from '@insula/sdk';
import { type Field, readFields } from './read-fields.ts';

/** An endpoint under the names it has on the command line. */
export type NamedEndpoint = {
  endpoint: Endpoint;
  noun: string;
  nounAliases: string[];
  verb: string;
  verbAliases: string[];
};
export type Plan = NamedEndpoint & {
  fields: Field[];
  /** The field that may be given without its flag: the id of the thing itself. */
  positional: Field | undefined;
  /** Whether it answers in pages. */
  paged: boolean;
};

/** Words that people use beside those of the contract. */
const otherNouns: Record<string, string[]> = {
  accessGroups: ['group'],
  collectionShares: ['share'],
  organizations: ['org', 'orgs', 'tenant', 'tenants'],
  apiKeys: ['key', 'keys'],
  organizationCredentials: ['org-credential', 'org-credentials'],
};
const otherVerbs: Record<string, string[]> = {
  list: ['ls'],
  get: ['show'],
  change: ['update', 'edit'],
  remove: ['delete', 'rm'],
};

/** Endpoints that people look for beside others. */
const renamed: Record<string, { noun: string; verb: string }> = {
  'trailExports.organization': { noun: 'events', verb: 'export' },
  'trailExports.platform': { noun: 'platformEvents', verb: 'export' },
  'jobResults.download': { noun: 'jobs', verb: 'download' },
  'promptTransfers.export': { noun: 'prompts', verb: 'export' },
  'promptTransfers.import': { noun: 'prompts', verb: 'import' },
};

/** Nouns whose own word is a command: `insula chat` asks a model, `insula agent-chat` calls the endpoints. */
const otherNames: Record<string, string> = { chat: 'agentChat' };

/** Done by commands of their own: login, logout, use, chat, model, usage reconcile. */
const elsewhere = new Set(['auth.login', 'auth.refresh', 'auth.logout', 'auth.switch', 'usage.reconcile']);

/** Names every endpoint that a person would call by hand. */
export function nameEndpoints(): NamedEndpoint[] {
  const endpoints = listEndpoints().filter(
    ({ noun, verb, meta }) => !isSurface(meta) && !elsewhere.has(`${noun}.${verb}`),
  );
  return endpoints.map((endpoint) => nameEndpoint(endpoint, endpoints));
}

function nameEndpoint(endpoint: Endpoint, all: Endpoint[]): NamedEndpoint {
  const named = renamed[`${endpoint.noun}.${endpoint.verb}`] ?? endpoint;
  const plural = toKebab(otherNames[named.noun] ?? named.noun);
  const siblings = all.filter(({ noun }) => noun === named.noun).map(({ verb }) => toKebab(verb));
  const verb = toKebab(named.verb);
  return {
    endpoint,
    noun: singular(plural),
    nounAliases: [...(otherNouns[named.noun] ?? []), ...(singular(plural) === plural ? [] : [plural])],
    verb,
    verbAliases: (otherVerbs[verb] ?? []).filter((alias) => !siblings.includes(alias)),
  };
}

/** Reads what a command takes; done for the command at hand only, because it costs a millisecond or two each. */
export function planCommand(named: NamedEndpoint): Plan {
  const fields = readFields(named.endpoint);
  const positional = findPositional(named.endpoint, fields);
  return { ...named, fields, positional, paged: fields.some(({ name }) => name === 'cursor') };
}

/** The last id of the address, unless that is only where the thing is. */
function findPositional({ noun, path }: Endpoint, fields: Field[]): Field | undefined {
  const last = [...path.matchAll(/\{(\w+)\}/g)].at(-1)?.[1];
  const owner: Record<string, string> = { organization_id: 'organizations', workspace_id: 'workspaces' };
  if (last === undefined || (last in owner && owner[last] !== noun)) return undefined;
  return fields.find(({ name }) => name === last);
}

/** `apiKeys` → `api-keys`. */
function toKebab(word: string): string {
  return word.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
}

/** `api-keys` → `api-key`; words without a plural stay. */
export function singular(word: string): string {
  return word.replace(/ies$/, 'y').replace(/([^s])s$/, '$1');
}
