// Which entities a question speaks of: by their names and aliases, the longest that fits; and where no name fits, by how near
// the question is to names.
import type { TenantTx } from '../../../platform/db/door.ts';
import { keyOfName } from '../graph/key-of-name.ts';
import type { Sight } from '../graph/store.ts';
import { compareVectors } from './pack-vector.ts';
import { linkNames, listNameVectors, type NodeRow } from './store.ts';

/** An entity and how sure it is that it is meant, above 0. */
export type Seed = NodeRow & { score: number };

const WORDS_MAX = 200;
const NAME_WORDS_MAX = 6;
const SEEDS_MAX = 12;
const VECTORS_MAX = 5_000;
const NEAR_MIN = 0.5;

/** Entities of the question, the surest first, at most 12. `vector` is the question's by the local model. */
export async function linkQuery(
  tx: TenantTx,
  sight: Sight,
  question: { query: string; vector?: Float32Array | undefined },
): Promise<Seed[]> {
  const linked = await linkNames(tx, sight, namesIn(question.query));
  const longest = linked.filter(
    ({ matched }) =>
      !linked.some((other) => other.matched !== matched && ` ${other.matched} `.includes(` ${matched} `)),
  );
  const seeds = longest.map(({ matched, ...node }) => ({
    ...node,
    score: rarityOf(node) * lengthOf(matched),
  }));
  if (seeds.length === 0 && question.vector) seeds.push(...(await linkByVector(tx, sight, question.vector)));
  return seeds.sort((a, b) => b.score - a.score).slice(0, SEEDS_MAX);
}

/** The keys of every run of up to six words. */
function namesIn(query: string): string[] {
  const words = query.split(/\s+/).slice(0, WORDS_MAX);
  const keys = new Set<string>();
  for (let from = 0; from < words.length; from++)
    for (let to = from + 1; to <= Math.min(words.length, from + NAME_WORDS_MAX); to++) {
      const key = keyOfName(words.slice(from, to).join(' '));
      if (key.length > 1) keys.add(key);
    }
  return [...keys];
}

const rarityOf = (node: NodeRow) => 1 / Math.log2(2 + node.mention_count);
const lengthOf = (key: string) => Math.sqrt(key.split(' ').length);

async function linkByVector(tx: TenantTx, sight: Sight, vector: Float32Array): Promise<Seed[]> {
  const rows = await listNameVectors(tx, sight, VECTORS_MAX);
  return rows
    .map(({ embedding, ...node }) => ({ ...node, score: compareVectors(vector, embedding) }))
    .filter(({ score }) => score >= NEAR_MIN)
    .sort((a, b) => b.score - a.score)
    .slice(0, 5)
    .map((node) => ({ ...node, score: node.score * rarityOf(node) }));
}
