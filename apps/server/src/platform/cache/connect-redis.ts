// The connection to Redis, when one is configured: commands fail at once while it is away instead of queueing up.
import { Redis } from 'ioredis';
import type { Log } from '../log.ts';

/** Connects to Redis at `url` and keeps reconnecting. */
export function connectRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 3_000,
    commandTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(attempt * 200, 3_000),
  });
  redis.on('error', (error: Error) => log.warn({ error: error.message }, 'Redis is not reachable'));
  return redis;
}
