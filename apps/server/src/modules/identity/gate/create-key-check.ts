// The hot path of API keys: in the steady state a look into a map, a SHA-256 and a comparison in constant time, without a
// database read. What is remembered is dropped with any change in the organization, so a revoked key stops at once.
// Guesses cost little: an unknown key is remembered briefly, and only a few look-ups are under way at a time.
import { timingSafeEqual } from 'node:crypto';
import { type Permission, permissionsOfScopes, problem } from '@insula/contract';
import type { OwnLimits } from '@insula/contract/configuration';
import { tenancyProblem } from '@insula/contract/tenancy';
import { type Actor, systemActor } from '../../../platform/actor.ts';
import { createLru } from '../../../platform/cache/create-lru.ts';
import { NoSuchOrganization } from '../../../platform/db/door.ts';
import { limitConcurrency } from '../accounts/limit-concurrency.ts';
import type { Identity } from '../create-identity.ts';
import { digestOf, LOOKUP_END, LOOKUP_START, readKeyText } from '../keys/make-key-text.ts';
import { findKeyByReference, type KeyRow } from './store.ts';

/** Who calls a surface of the gateway, and in which workspace. */
export type Caller = {
  kind: 'api_key' | 'member' | 'operator';
  id: string;
  name: string;
  organization_id: string;
  organization_slug: string;
  workspace_id: string;
  /** What the caller may do in that workspace. */
  permissions: ReadonlySet<Permission>;
  scopes: readonly string[];
  mode: 'live' | 'test';
  /** Null for people: they have no limit of their own. */
  rate_limit_per_minute: number | null;
  /** Further limits of the key alone. */
  rate_limits: OwnLimits;
  expires_at_ms: number;
  actor: Actor;
};

type Entry = {
  organizationId: string;
  epoch: number;
  digest: Buffer;
  /** Undefined when the key exists and may not be used. */
  caller: Caller | undefined;
  status: string;
};
type Place = { organizationId: string; reference: string };
type Deps = Pick<Identity, 'db' | 'clock' | 'config' | 'directory' | 'loadMember' | 'uses'>;

const UNKNOWN_MS = 5_000;
/** A read that began so long ago is not shared any more: what it finds may have changed meanwhile. */
const SHARE_MS = 250;

/** Makes the check: `text → caller`, at once when the key was seen before. Throws `unauthenticated` or `organization_suspended`. */
export function createKeyCheck(deps: Deps): (text: string) => Caller | Promise<Caller> {
  const { invalidation } = deps.db;
  const entries = createLru<Entry>(100_000);
  const unknown = createLru<number>(20_000, { ttl: UNKNOWN_MS });
  const readShared = createSharedReads(deps);

  async function load(text: string, lookup: string): Promise<Caller> {
    const place = readKeyText(text);
    if (!place) throw problem('unauthenticated');
    if (invalidation.fresh() && unknown.get(lookup) === invalidation.epochOf(place.organizationId))
      throw problem('unauthenticated');
    const { epoch, entry } = await readShared(place, lookup);
    if (entry) entries.set(lookup, entry);
    else unknown.set(lookup, epoch);
    return accept(deps, entry, text);
  }

  return (text) => {
    const lookup = text.slice(LOOKUP_START, LOOKUP_END);
    const entry = entries.get(lookup);
    const current = entry && entry.epoch === invalidation.epochOf(entry.organizationId);
    return current && invalidation.fresh() ? accept(deps, entry, text) : load(text, lookup);
  };
}

type Reading = { started: { at: number }; found: Promise<{ epoch: number; entry: Entry | undefined }> };

/** Makes the reader: a few reads at a time, and one for all who ask for the same key at that moment. */
function createSharedReads(deps: Deps) {
  const bounded = limitConcurrency({ running: 4, waiting: 2_000 });
  const underWay = new Map<string, Reading>();

  return (place: Place, lookup: string): Reading['found'] => {
    const known = underWay.get(lookup);
    if (known && performance.now() - known.started.at < SHARE_MS) return known.found;
    const started = { at: Number.POSITIVE_INFINITY };
    const found = bounded(async () => {
      started.at = performance.now();
      // Taken before reading: a change meanwhile makes the entry stale.
      const epoch = deps.db.invalidation.epochOf(place.organizationId);
      return { epoch, entry: await readEntry(deps, place, epoch) };
    }).finally(() => {
      if (underWay.get(lookup)?.found === found) underWay.delete(lookup);
    });
    underWay.set(lookup, { started, found });
    return found;
  };
}

function accept(deps: Deps, entry: Entry | undefined, text: string): Caller {
  if (!entry || !timingSafeEqual(digestOf(text), entry.digest)) throw problem('unauthenticated');
  const { caller } = entry;
  if (!caller || caller.expires_at_ms <= deps.clock.now()) throw problem('unauthenticated');
  if (entry.status === 'suspended') throw tenancyProblem('organization_suspended');
  if (entry.status !== 'active') throw problem('unauthenticated');
  deps.uses.note('keys', caller.organization_id, caller.id);
  return caller;
}

async function readEntry(deps: Deps, place: Place, epoch: number): Promise<Entry | undefined> {
  const { organizationId } = place;
  try {
    const row = await deps.db.as(systemActor(organizationId), (tx) => findKeyByReference(tx, place));
    const organization = await deps.directory.findOrganization(organizationId);
    if (!row || !organization) return undefined;
    const caller = await callerOf(deps, row, organization.slug);
    return { organizationId, epoch, digest: row.key_hash, caller, status: organization.status };
  } catch (error) {
    if (error instanceof NoSuchOrganization) return undefined;
    throw error;
  }
}

/** What a key stands for now: never more than the person who made it may do, and nothing once that person is gone. */
export async function callerOf(
  deps: Pick<Deps, 'config' | 'loadMember'>,
  row: KeyRow,
  slug: string,
): Promise<Caller | undefined> {
  if (row.revoked_at !== null) return undefined;
  const { organization_id, workspace_id, id, name } = row;
  const creator = row.created_by ? await deps.loadMember(organization_id, row.created_by) : undefined;
  if (row.created_by && creator?.status !== 'active') return undefined;
  const organizationWide = (permission: Permission) => !creator || creator.permissions.has(permission);
  const here = (permission: Permission) =>
    organizationWide(permission) ||
    (creator?.workspace_permissions.get(workspace_id)?.has(permission) ?? false);
  const permissions = new Set([...permissionsOfScopes(row.scopes)].filter(here));
  const wide = (row.organization_permissions as Permission[]).filter(organizationWide);
  return {
    kind: 'api_key',
    id,
    name,
    organization_id,
    organization_slug: slug,
    workspace_id,
    permissions,
    scopes: row.scopes,
    mode: row.mode as 'live' | 'test',
    rate_limit_per_minute: row.rate_limit_per_minute ?? deps.config.settings.DEFAULT_RATE_LIMIT,
    rate_limits: row.rate_limits,
    expires_at_ms: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
    actor: {
      kind: 'api_key',
      id,
      name,
      organization_id,
      workspaces: [workspace_id],
      permissions: new Set(wide),
      workspace_permissions: new Map([[workspace_id, permissions]]),
    },
  };
}
