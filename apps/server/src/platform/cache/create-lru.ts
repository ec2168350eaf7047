// Memory of what was used last, bounded by a number of entries.
// It grows with what it holds: given `max`, lru-cache would lay out the room for all entries at once, which for all our
// caches together is a fifth of a second of every start.
import { LRUCache } from 'lru-cache';

const one = () => 1;

/** A memory of at most `max` entries, without those unused longest; an entry may be kept for `ttl` milliseconds only. */
export function createLru<V extends NonNullable<unknown>>(
  max: number,
  options: { ttl?: number } = {},
): LRUCache<string, V> {
  return new LRUCache<string, V>({ ...options, maxSize: max, sizeCalculation: one });
}
