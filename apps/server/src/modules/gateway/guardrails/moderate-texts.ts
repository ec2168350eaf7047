// Toxicity as the provider of a workspace's own credential judges it: OpenAI's moderation endpoint, which is free of charge,
// so that nothing is written into the ledger for it.
import { z } from 'zod';
import type { Egress } from '../../../platform/egress/index.ts';

/** Where the moderation endpoint is and what opens it; `baseUrl` ends before `/moderations`. */
export type ModerationRoute = { baseUrl: string; headers: Record<string, string> };
export type Moderation = {
  route: ModerationRoute;
  model: string;
  texts: readonly string[];
  signal?: AbortSignal | undefined;
};

const TEXTS_MAX = 32;
const TEXT_CHARACTERS_MAX = 20_000;
const answered = z.object({
  results: z.array(z.object({ category_scores: z.record(z.string().max(100), z.number()) })),
});

/** For each text the score (0 to 1) of every category; throws in words when there is no judgement. */
export async function moderateTexts(egress: Egress, at: Moderation): Promise<Record<string, number>[]> {
  const scores: Record<string, number>[] = [];
  for (let i = 0; i < at.texts.length; i += TEXTS_MAX)
    scores.push(...(await moderateSome(egress, { ...at, texts: at.texts.slice(i, i + TEXTS_MAX) })));
  return scores;
}

async function moderateSome(egress: Egress, at: Moderation): Promise<Record<string, number>[]> {
  const tooLong = at.texts.some((text) => text.length > TEXT_CHARACTERS_MAX);
  if (tooLong)
    throw new Error(`a text is longer than the ${TEXT_CHARACTERS_MAX} characters that are moderated.`);
  const answer = await egress.fetch(`${at.route.baseUrl}/moderations`, {
    method: 'POST',
    headers: { ...at.route.headers, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ model: at.model, input: at.texts }),
    timeoutMs: 10_000,
    maxBytes: 1_048_576,
    maxRedirects: 0,
    ...(at.signal ? { signal: at.signal } : {}),
  });
  if (answer.status !== 200) throw new Error(`the moderation endpoint answered ${answer.status}.`);
  const read = answered.safeParse(readJson(answer.body));
  if (!read.success || read.data.results.length !== at.texts.length)
    throw new Error('the moderation endpoint did not answer with one result for each text.');
  return read.data.results.map((result) => result.category_scores);
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
