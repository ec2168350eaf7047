// The cache of answers, for workspaces that turned it on: looked into before a model is called, written after it answered.
// Whatever goes wrong here, the call goes to the model.
import type { LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import type { Redis } from 'ioredis';
import { systemActor } from '../../../platform/actor.ts';
import { createTenantCache } from '../../../platform/cache/create-tenant-cache.ts';
import type { Embeddings } from '../../../platform/embeddings/index.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { type Answers, createMemoryAnswers } from './create-memory-answers.ts';
import { createRedisAnswers } from './create-redis-answers.ts';
import { createSimilarIndex, type SimilarIndex } from './create-similar-index.ts';
import { type KeyPlace, makeCacheKey, placeKey, type Question, splitQuestion } from './make-cache-key.ts';
import { asKept, type KeptAnswer } from './replay-answer.ts';
import { type CachePlace, type CacheRow, findSettings } from './store.ts';

export type AnswerCache = ReturnType<typeof createAnswerCache>;
export type AnswerCacheDeps = Pick<GatewayDeps, 'db' | 'secrets' | 'clock' | 'log'> & {
  embeddings: Pick<Embeddings, 'embed'>;
  /** A key that only this installation knows. */
  hashKey: Buffer;
  redis?: Redis | undefined;
  redisPrefix?: string;
};
/** `settings` is undefined where the cache is off, so that a call pays one property check. */
export type LoadedSettings = { settings: CacheRow | undefined };
/** What a caller may say with `x-insula-cache`. */
export type CacheDirective = 'no-store' | 'refresh' | undefined;

/** What the header says; anything else says nothing. */
export function directiveOf(said: string | string[] | undefined): CacheDirective {
  return said === 'no-store' || said === 'refresh' ? said : undefined;
}

export type Lookup = {
  /** For the header `x-insula-cache` of the answer; undefined when the cache had no part in the call. */
  status: 'hit' | 'semantic' | 'miss' | undefined;
  answer: KeptAnswer | undefined;
  /** Keeps the model's answer, if this question and that answer can be kept. Never throws; nobody has to wait for it. */
  keep(result: LanguageModelV4GenerateResult): Promise<void>;
};
export type Ask = { question: Question; directive: CacheDirective; signal?: AbortSignal | undefined };

const ANSWER_CHARACTERS_MAX = 1_000_000;
const bypass: Lookup = { status: undefined, answer: undefined, keep: async () => undefined };

/** Makes the cache: answers in Redis if there is one, in memory otherwise. */
export function createAnswerCache(deps: AnswerCacheDeps) {
  const { db, secrets, log, redis, redisPrefix = 'insula:' } = deps;
  const remembered = createTenantCache<LoadedSettings>({ invalidation: db.invalidation, max: 20_000 });
  const answers = redis
    ? createRedisAnswers({ redis, prefix: redisPrefix, secrets, log })
    : createMemoryAnswers();
  const similar = createSimilarIndex();
  const keyOf = (workspaceId: string) => `cache ${workspaceId}`;

  return {
    /** What a workspace set up, if it is remembered. */
    find: (organizationId: string, workspaceId: string): LoadedSettings | undefined =>
      remembered.find(organizationId, keyOf(workspaceId)),
    /** What a workspace set up. */
    load: (organizationId: string, workspaceId: string): Promise<LoadedSettings> =>
      remembered.load(organizationId, keyOf(workspaceId), async () => {
        const at = { organizationId, workspaceId };
        const row = await db.as(systemActor(organizationId), (tx) => findSettings(tx, at));
        return { settings: row && row.mode !== 'off' ? row : undefined };
      }),
    /** Looks for an answer to the question. */
    findAnswer: (settings: CacheRow, ask: Ask): Promise<Lookup> =>
      findAnswer({ deps, answers, similar, settings }, ask),
    /** Lets go of what is kept of one generation. */
    clear: (at: CachePlace & { generation: number }): Promise<void> => answers.clear(at),
  };
}

type Bench = { deps: AnswerCacheDeps; answers: Answers; similar: SimilarIndex; settings: CacheRow };
type Meaning = { group: string; vector: Float32Array };

async function findAnswer(bench: Bench, ask: Ask): Promise<Lookup> {
  const { settings, deps } = bench;
  const { options } = ask.question;
  if (ask.directive === 'no-store' || (!settings.cache_sampled && options.temperature !== 0)) return bypass;
  try {
    const place = placeOf(settings);
    const key = makeCacheKey(deps.hashKey, ask.question);
    const isRead = ask.directive !== 'refresh';
    const exact = isRead ? await readAnswer(bench, place, key) : undefined;
    if (exact) return { status: 'hit', answer: exact, keep: bypass.keep };
    const meaning = settings.mode === 'semantic' ? await readMeaning(bench, place, ask) : undefined;
    const alike = isRead && meaning ? await findSimilar(bench, place, meaning) : undefined;
    if (alike) return { status: 'semantic', answer: alike, keep: bypass.keep };
    const keep = (result: LanguageModelV4GenerateResult) => keepAnswer(bench, { key, meaning }, result);
    return { status: 'miss', answer: undefined, keep };
  } catch (error) {
    ask.signal?.throwIfAborted();
    deps.log.warn({ error: (error as Error).message }, 'the cache of answers could not be looked into');
    return bypass;
  }
}

function placeOf({ organization_id, workspace_id, generation }: CacheRow): KeyPlace {
  return { organizationId: organization_id, workspaceId: workspace_id, generation };
}

async function readAnswer({ answers }: Bench, place: KeyPlace, key: string): Promise<KeptAnswer | undefined> {
  const text = await answers.find(place, key);
  return text === undefined ? undefined : (JSON.parse(text) as KeptAnswer);
}

/** The group and vector of the question, if one that means the same could be found or remembered for it. */
async function readMeaning({ deps }: Bench, place: KeyPlace, ask: Ask): Promise<Meaning | undefined> {
  const split = splitQuestion(deps.hashKey, ask.question);
  if (!split) return undefined;
  const [vector] = await deps.embeddings.embed([split.text], ask.signal ? { signal: ask.signal } : {});
  return { group: placeKey(place, split.group), vector: vector! };
}

async function findSimilar(bench: Bench, place: KeyPlace, meaning: Meaning): Promise<KeptAnswer | undefined> {
  const { group, vector } = meaning;
  const found = bench.similar.find(group, vector, bench.settings.similarity_threshold);
  if (!found) return undefined;
  const answer = await readAnswer(bench, place, found.key);
  if (!answer) bench.similar.remove(group, found.key);
  return answer;
}

async function keepAnswer(
  { deps, answers, similar, settings }: Bench,
  at: { key: string; meaning: Meaning | undefined },
  result: LanguageModelV4GenerateResult,
): Promise<void> {
  try {
    const kept = asKept(result, deps.clock.now());
    const text = kept && JSON.stringify(kept);
    if (text === undefined || text.length > ANSWER_CHARACTERS_MAX) return;
    const { ttl_seconds, max_entries: maxEntries } = settings;
    await answers.keep(placeOf(settings), at.key, { text, ttlMs: ttl_seconds * 1_000, maxEntries });
    if (at.meaning) similar.add(at.meaning.group, at.key, at.meaning.vector);
  } catch (error) {
    deps.log.warn({ error: (error as Error).message }, 'an answer could not be kept');
  }
}
