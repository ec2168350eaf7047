// What a server remembers of an organization between requests. The organization is part of every key by construction, and
// an entry from before the organization's last change is never returned.

import type { Invalidation } from '../db/invalidation.ts';
import { createLru } from './create-lru.ts';

type Entry<V> = { value: V; epoch: number };

export type TenantCache<V> = {
  /** What is remembered, if it still holds. Synchronous: the hot path asks this first. */
  find(organizationId: string, key: string): V | undefined;
  /** What is remembered, or what `load` reads now; concurrent callers share one read. */
  load(organizationId: string, key: string, load: () => Promise<V>): Promise<V>;
};

/** The key of an entry: the organization's id has a fixed length, so two questions never share one key. */
export function tenantKey(organizationId: string, key: string): string {
  if (organizationId.length !== 36) throw new Error('An organization id has 36 characters.');
  return organizationId + key;
}

/** A cache of at most `max` entries over all organizations. */
export function createTenantCache<V extends object>(options: {
  invalidation: Pick<Invalidation, 'epochOf' | 'fresh'>;
  max: number;
}): TenantCache<V> {
  const entries = createLru<Entry<V>>(options.max);
  const loading = new Map<string, Promise<V>>();

  function find(organizationId: string, key: string): V | undefined {
    const entry = entries.get(tenantKey(organizationId, key));
    if (
      !entry ||
      entry.epoch !== options.invalidation.epochOf(organizationId) ||
      !options.invalidation.fresh()
    )
      return undefined;
    return entry.value;
  }

  async function load(organizationId: string, key: string, read: () => Promise<V>): Promise<V> {
    const found = find(organizationId, key);
    if (found) return found;
    const epoch = options.invalidation.epochOf(organizationId); // taken before reading: a change meanwhile makes the entry stale
    const shared = `${epoch}\n${tenantKey(organizationId, key)}`;
    const underWay = loading.get(shared);
    if (underWay && options.invalidation.fresh()) return underWay;
    const reading = read().then((value) => {
      entries.set(tenantKey(organizationId, key), { value, epoch });
      return value;
    });
    loading.set(shared, reading);
    return reading.finally(() => {
      if (loading.get(shared) === reading) loading.delete(shared);
    });
  }

  return { find, load };
}
