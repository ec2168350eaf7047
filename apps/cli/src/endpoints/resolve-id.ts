// People name things by slug or e-mail address, the API by id: where a list can be searched by it, the id is looked up.
import { listEndpoints, type Page } from '@insula/sdk';
import type { Place } from '../account/credentials-file.ts';
import type { Account } from '../account/open-account.ts';
import { UsageError } from '../terminal/shell.ts';
import { singular } from './plan-command.ts';
import { readFields } from './read-fields.ts';
import type { Given } from './read-input.ts';

type Row = Place & { email?: string };
/** `thing` is a noun such as `workspace`; `input` is what is known of where it is. */
type Wanted = { thing: string; named: string; input?: Given };
type List = (input: Given) => Promise<Page<Row>>;

/** Whether the text is an id already. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** The id for what was typed as a field such as `workspace_id`; unchanged when it is an id, or cannot be looked up. */
export async function resolveId(account: Account, field: string, input: Given): Promise<string> {
  const named = String(input[field]);
  const thing = field.replace(/_id$/, '');
  if (isId(named) || !findList(thing)) return named;
  return (await findPlace(account, { thing, named, input })).id;
}

/** The thing by its id or slug; a UsageError when there is none in sight. */
export async function findPlace(account: Account, wanted: Wanted): Promise<Place> {
  const { thing, named } = wanted;
  const known = rememberedPlace(account, thing, named);
  if (known) return known;
  const row = isId(named) ? await getRow(account, thing, named) : await searchRow(account, wanted);
  if (!row) throw new UsageError(`There is no ${thing} "${named}" in sight.`);
  return { id: row.id, slug: row.slug, name: row.name };
}

function rememberedPlace(account: Account, thing: string, named: string): Place | undefined {
  if (thing !== 'organization' && thing !== 'workspace') return undefined;
  const place = account.login()[thing];
  return place && (place.slug === named || place.id === named) ? place : undefined;
}

async function getRow({ insula }: Account, thing: string, id: string): Promise<Row | undefined> {
  if (thing === 'organization') return insula.organizations.get({ organization_id: id });
  return thing === 'workspace' ? insula.workspaces.get({ workspace_id: id }) : undefined;
}

async function searchRow(account: Account, { thing, named, input = {} }: Wanted): Promise<Row | undefined> {
  const found = findList(thing)!;
  const query: Given = { [found.by]: named };
  if (found.fields.includes('organization_id'))
    query.organization_id = input.organization_id ?? (await account.organizationId());
  if (found.fields.includes('workspace_id'))
    query.workspace_id = input.workspace_id ?? (await account.workspaceId());
  if (thing === 'organization') {
    const own = (await account.insula.auth.listOrganizations().catch(() => ({ data: [] }))).data;
    const mine = own.find(({ slug }) => slug === named);
    if (mine) return mine;
  }
  const calls = account.insula as unknown as Record<string, { list: List }>;
  const { data } = await calls[found.noun]!.list(query);
  return data.find((row) => row.slug === named || row.email === named.toLowerCase());
}

/** The list in which a thing is found by slug or address. */
function findList(thing: string): { noun: string; by: string; fields: string[] } | undefined {
  for (const endpoint of listEndpoints()) {
    const own = singular(endpoint.noun).toLowerCase() === thing.replaceAll('_', '');
    if (endpoint.verb !== 'list' || !own) continue;
    const fields = readFields(endpoint).map(({ name }) => name);
    const by = ['slug', 'search'].find((name) => fields.includes(name));
    return by ? { noun: endpoint.noun, by, fields } : undefined;
  }
  return undefined;
}
