// A walk of at most two hops from what a question speaks of, over facts that hold at a moment and over passages that mention
// the same things. It reads at most 2,000 edges, however large the graph is.
import type { TenantTx } from '../../../platform/db/door.ts';
import { type FactRow, findFacts, type Sight } from '../graph/store.ts';
import { linkQuery, type Seed } from './link-query.ts';
import { type Edge, spreadScores } from './spread-scores.ts';
import { type EdgeRow, listEdges, listMentionsIn, listMentionsOf, type MentionRow } from './store.ts';

export type Walk = {
  query: string;
  /** The question's vector by the local model: used where no name fits. */
  vector?: Float32Array | undefined;
  /** Facts that held then; left out: now. */
  at?: Date | undefined;
  /** Passages that other searches found, the best first: what they mention is where the walk begins, too. */
  found?: readonly string[] | undefined;
};

export type Walked = {
  /** Passages by how near they are, the nearest first; scores lie between 0 and 1. */
  passages: { chunk_id: string; score: number }[];
  /** Facts that led there, the most useful first, at most 20. */
  facts: FactRow[];
  seeds: Seed[];
};

const EDGES_MAX = 2_000;
const FACTS_MAX = 20;
const FOUND_MAX = 10;
/** What is taken at a node: at the seeds, and one hop further. */
const [NEAR, FAR] = [25, 8];
const FRONTIER_MAX = 30;
const PASSAGES_MAX = 15;

/** Walks; finds nothing where the question speaks of nothing that is known. */
export async function walkGraph(tx: TenantTx, sight: Sight, walk: Walk): Promise<Walked> {
  const at = walk.at ?? new Date();
  const seeds = await linkQuery(tx, sight, walk);
  const found = (walk.found ?? []).slice(0, FOUND_MAX);
  const inFound = await listMentionsIn(tx, sight, { chunkIds: found, each: 8 });
  const start = startOf(seeds, inFound, found);
  if (start.size === 0) return { passages: [], facts: [], seeds };
  const near = [...new Set([...seeds, ...inFound].map(({ id }) => id))].slice(0, FRONTIER_MAX);
  const [facts, mentions] = [
    await listEdges(tx, sight, { entityIds: near, at, each: NEAR }),
    await listMentionsOf(tx, sight, { entityIds: near, each: NEAR }),
  ];
  const known = new Set(near);
  const scores = spreadScores(start, edgesOf(facts, mentions));
  const beside = passagesOf(scores).slice(0, PASSAGES_MAX);
  const inNear = await listMentionsIn(tx, sight, { chunkIds: beside.map((one) => one.chunk_id), each: 6 });
  const beyond = frontierOf(
    { facts, mentions: inNear },
    known,
    spreadScores(start, edgesOf(facts, [...mentions, ...inNear])),
  );
  const further = await listEdges(tx, sight, { entityIds: beyond, at, each: FAR });
  const more = await listMentionsOf(tx, sight, { entityIds: beyond, each: FAR });
  const all = [...new Map([...facts, ...further].map((fact) => [fact.id, fact])).values()];
  const final = spreadScores(start, edgesOf(all, [...inFound, ...mentions, ...inNear, ...more]));
  return {
    passages: passagesOf(final),
    facts: await factsOf(tx, sight, { edges: all, scores: final }),
    seeds,
  };
}

const PASSAGE = 'passage ';

/** Seeds by what was asked count twice as much as those by what was found. Nodes are names: the same one in two collections is one. */
function startOf(seeds: Seed[], inFound: MentionRow[], found: readonly string[]): Map<string, number> {
  const start = new Map<string, number>();
  const total = seeds.reduce((sum, { score }) => sum + score, 0);
  for (const { key, score } of seeds) start.set(key, (start.get(key) ?? 0) + (2 * score) / total);
  const ranks = found.map((_, rank) => 1 / (rank + 2));
  const shares = ranks.reduce((sum, share) => sum + share, 0);
  for (const [rank, id] of found.entries())
    if (inFound.some((mention) => mention.chunk_id === id)) start.set(PASSAGE + id, ranks[rank]! / shares);
  return start;
}

function edgesOf(facts: EdgeRow[], mentions: MentionRow[]): Edge[] {
  const edges: Edge[] = [];
  for (const { subject_key, object_key, weight, chunk_ids } of facts) {
    edges.push({ from: subject_key, to: object_key, weight: 2 * weight });
    for (const chunk of chunk_ids)
      for (const key of [subject_key, object_key]) edges.push({ from: key, to: PASSAGE + chunk, weight });
  }
  const seen = new Set<string>();
  for (const { key, chunk_id, mention_count } of mentions) {
    const edge = `${key} ${chunk_id}`;
    if (seen.has(edge)) continue;
    seen.add(edge);
    edges.push({ from: key, to: PASSAGE + chunk_id, weight: 1 / Math.log2(2 + mention_count) });
  }
  return edges.slice(0, EDGES_MAX);
}

/** The entities at the other ends of facts, and in the same passages, the nearest first. */
function frontierOf(
  { facts, mentions }: { facts: EdgeRow[]; mentions: MentionRow[] },
  known: Set<string>,
  scores: Map<string, number>,
): string[] {
  const ends = new Map<string, number>();
  for (const fact of facts) {
    if (!known.has(fact.subject_id)) ends.set(fact.subject_id, scores.get(fact.subject_key) ?? 0);
    if (!known.has(fact.object_id)) ends.set(fact.object_id, scores.get(fact.object_key) ?? 0);
  }
  for (const { id, key } of mentions) if (!known.has(id)) ends.set(id, scores.get(key) ?? 0);
  return [...ends]
    .sort((a, b) => b[1] - a[1])
    .slice(0, FRONTIER_MAX)
    .map(([id]) => id);
}

function passagesOf(scores: Map<string, number>): Walked['passages'] {
  return [...scores]
    .filter(([node]) => node.startsWith(PASSAGE))
    .map(([node, score]) => ({ chunk_id: node.slice(PASSAGE.length), score }))
    .sort((a, b) => b.score - a.score || (a.chunk_id < b.chunk_id ? -1 : 1));
}

async function factsOf(
  tx: TenantTx,
  sight: Sight,
  { edges, scores }: { edges: EdgeRow[]; scores: Map<string, number> },
): Promise<FactRow[]> {
  const worthOf = (edge: EdgeRow) =>
    edge.weight * Math.min(scores.get(edge.subject_key) ?? 0, scores.get(edge.object_key) ?? 0);
  const best = edges
    .map((edge) => ({ id: edge.id, worth: worthOf(edge) }))
    .filter(({ worth }) => worth > 0)
    .sort((a, b) => b.worth - a.worth)
    .slice(0, FACTS_MAX)
    .map(({ id }) => id);
  const rows = new Map((await findFacts(tx, sight, best)).map((row) => [row.id, row]));
  return best.flatMap((id) => rows.get(id) ?? []);
}
