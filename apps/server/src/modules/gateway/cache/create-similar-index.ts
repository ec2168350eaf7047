// Which questions of a workspace mean the same: vectors in this server's memory, compared one by one. Bounded for each group
// of questions and over all; an entry leads to an answer, it does not hold one.
import { LRUCache } from 'lru-cache';

export type SimilarIndex = ReturnType<typeof createSimilarIndex>;
type Entry = { key: string; vector: Float32Array };

/** A scan of these takes less than a millisecond. */
const GROUP_MAX = 1_000;
const VECTORS_MAX = 50_000;

/** Makes the index; a group is a place (see placeKey) with everything of the question but its text. */
export function createSimilarIndex() {
  const groups = new LRUCache<string, Entry[]>({
    maxSize: VECTORS_MAX,
    sizeCalculation: (entries) => entries.length,
  });
  return {
    /** The key of the most similar question, if it is at least as similar as `threshold` (cosine). */
    find(group: string, vector: Float32Array, threshold: number): { key: string; score: number } | undefined {
      let best: { key: string; score: number } | undefined;
      for (const entry of groups.get(group) ?? []) {
        const score = dot(entry.vector, vector);
        if (score >= threshold && score > (best?.score ?? 0)) best = { key: entry.key, score };
      }
      return best;
    },
    /** Remembers a question; the oldest of its group goes when there are too many. */
    add(group: string, key: string, vector: Float32Array): void {
      const others = (groups.get(group) ?? []).filter((entry) => entry.key !== key);
      groups.set(group, [...others.slice(-(GROUP_MAX - 1)), { key, vector }]);
    },
    /** Forgets a question whose answer is gone. */
    remove(group: string, key: string): void {
      const left = (groups.get(group) ?? []).filter((entry) => entry.key !== key);
      if (left.length > 0) groups.set(group, left);
      else groups.delete(group);
    },
  };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
