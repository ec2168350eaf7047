// Answers kept in this server's memory: bounded in bytes over all, in number for each workspace.
import { LRUCache } from 'lru-cache';
import { type KeyPlace, placeKey } from './make-cache-key.ts';

/** Where answers are kept; a text under a key, for a time. What cannot be kept or found is no error. */
export type Answers = {
  find(place: KeyPlace, key: string): Promise<string | undefined>;
  keep(place: KeyPlace, key: string, answer: Kept): Promise<void>;
  /** Lets go of all answers of that generation. */
  clear(place: KeyPlace): Promise<void>;
};
export type Kept = { text: string; ttlMs: number; maxEntries: number };

const BYTES_MAX = 64 * 1_048_576;

/** Makes the memory; the least used answers go first. */
export function createMemoryAnswers(bytesMax: number = BYTES_MAX): Answers {
  const owners = new Map<string, Set<string>>();
  const answers = new LRUCache<string, { text: string; owner: string }>({
    maxSize: bytesMax,
    maxEntrySize: bytesMax / 16,
    sizeCalculation: ({ text }, key) => 2 * (text.length + key.length) + 200,
    dispose: ({ owner }, key, reason) => {
      if (reason === 'set') return;
      const own = owners.get(owner);
      own?.delete(key);
      if (own?.size === 0) owners.delete(owner);
    },
  });
  return {
    find: async (place, key) => answers.get(placeKey(place, key))?.text,
    async keep(place, key, { text, ttlMs, maxEntries }) {
      const owner = placeKey(place);
      const whole = placeKey(place, key);
      answers.set(whole, { text, owner }, { ttl: ttlMs });
      if (!answers.has(whole)) return; // too large to be kept at all
      const own = owners.get(owner) ?? new Set();
      own.delete(whole);
      owners.set(owner, own.add(whole));
      for (const oldest of own) {
        if (own.size <= maxEntries) break;
        answers.delete(oldest);
      }
    },
    async clear(place) {
      for (const key of [...(owners.get(placeKey(place)) ?? [])]) answers.delete(key);
    },
  };
}
