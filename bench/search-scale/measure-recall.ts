// How many of the ten nearest vectors are found, by comparing with the products of the vectors themselves.
import type { SearchGround, SearchPlace } from '../../apps/server/test/open-search-ground.ts';

type Asked = {
  place: SearchPlace;
  actor: Parameters<SearchGround['search']>[0];
  questions: ReadonlyMap<string, Float32Array>;
  next(): string;
};

const QUESTIONS = 50;

/** The share of the true ten nearest that searches by vector find in a place, over 50 questions. */
export async function measureRecall(ground: SearchGround, asked: Asked): Promise<{ recall: number }> {
  const exact = ground.vectorsOf(asked.place);
  let found = 0;
  for (let i = 0; i < QUESTIONS; i++) {
    const query = asked.next();
    const question = asked.questions.get(query)!;
    const nearest = exact
      .map(({ id, vector }) => ({
        id,
        cosine: vector.reduce((sum, value, at) => sum + value * question[at]!, 0),
      }))
      .sort((one, other) => other.cosine - one.cosine)
      .slice(0, 10);
    const ids = new Set(nearest.map(({ id }) => id));
    const { data } = await ground.search(asked.actor, {
      workspace_id: asked.place.workspaceId,
      query,
      mode: 'vector',
      limit: 10,
    });
    found += data.filter(({ id }) => ids.has(id)).length;
  }
  return { recall: found / (QUESTIONS * 10) };
}
