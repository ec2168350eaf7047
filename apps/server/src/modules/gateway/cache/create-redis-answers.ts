// Answers kept in Redis for all servers, sealed with the organization's key for exactly the place they lie in. While Redis
// is away there is simply no cache.
import type { Redis } from 'ioredis';
import type { Secrets } from '../../../platform/keys/create-secrets.ts';
import type { Log } from '../../../platform/log.ts';
import type { Answers } from './create-memory-answers.ts';
import { type KeyPlace, placeKey } from './make-cache-key.ts';

export type RedisAnswersOptions = {
  redis: Redis;
  /** Begins every key: two installations may share a Redis. */
  prefix: string;
  secrets: Pick<Secrets, 'seal' | 'open'>;
  log: Log;
};

const ANSWER_BYTES_MAX = 2_097_152;

/** Answers in Redis; each workspace has a sorted set of its keys by age, which bounds their number. */
export function createRedisAnswers({ redis, prefix, secrets, log }: RedisAnswersOptions): Answers {
  const answerKey = (place: KeyPlace, key: string) => `${prefix}answer:${placeKey(place, key)}`;
  const listKey = (place: KeyPlace) => `${prefix}answers:${placeKey(place)}`;
  const sealedAt = (key: string) => ({ table: 'answers', column: 'answer', row_id: key });

  async function withoutFail<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      log.debug({ error: (error as Error).message }, 'the cache of answers could not be used');
      return undefined;
    }
  }

  return {
    find: (place, key) =>
      withoutFail(async () => {
        const whole = answerKey(place, key);
        const sealed = await redis.getBuffer(whole);
        if (!sealed) return undefined;
        return (await secrets.open(place.organizationId, sealedAt(whole), sealed)).toString();
      }),
    async keep(place, key, { text, ttlMs, maxEntries }) {
      await withoutFail(async () => {
        const whole = answerKey(place, key);
        const sealed = await secrets.seal(place.organizationId, sealedAt(whole), Buffer.from(text));
        if (sealed.length > ANSWER_BYTES_MAX) return;
        await redis.set(whole, sealed, 'PX', ttlMs);
        await enlist(redis, { list: listKey(place), key: whole, ttlMs, maxEntries });
      });
    },
    async clear(place) {
      await withoutFail(async () => {
        const keys = await redis.zrange(listKey(place), '0', '-1');
        await redis.unlink(listKey(place), ...keys);
      });
    },
  };
}

/** Notes a key in the list of its workspace and lets the oldest go that are too many. */
async function enlist(
  redis: Redis,
  at: { list: string; key: string; ttlMs: number; maxEntries: number },
): Promise<void> {
  const noted = await redis
    .multi()
    .zadd(at.list, Date.now(), at.key)
    .zcard(at.list)
    .pexpire(at.list, at.ttlMs)
    .exec();
  const excess = Number(noted?.[1]?.[1] ?? 0) - at.maxEntries;
  if (excess <= 0) return;
  const popped = await redis.zpopmin(at.list, String(excess));
  const oldest = popped.filter((_, i) => i % 2 === 0).map(String);
  if (oldest.length > 0) await redis.unlink(...oldest);
}
