// A connection to Redis of one's own, with short patience, because a limit that waits for Redis would be an outage of its own.
import type { Redis, RedisOptions } from 'ioredis';

export type LinkOptions = {
  redis: Redis;
  /** How long a command may take. */
  commandTimeoutMs: number;
  /** Told each time the connection is lost or not made. */
  onLost(error: Error): void;
};

/** Connects to the server that `redis` is connected to; `redis` itself is not used. */
export function connectPatiently({ redis, commandTimeoutMs, onLost }: LinkOptions): {
  client: Redis;
  close(): void;
} {
  const patience: RedisOptions = {
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2000,
    // A silent connection is replaced before it is tried again, or a dead host would be asked until TCP notices.
    socketTimeout: 2 * commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    lazyConnect: false,
    retryStrategy: (times) => Math.min(100 * times, 1000),
  };
  const client = redis.duplicate(patience);
  let reason = new Error('The connection was closed.');
  let closed = false;
  client.on('error', (error: Error) => {
    reason = error;
  });
  client.on('close', () => {
    if (!closed) onLost(reason);
  });
  const close = () => {
    closed = true;
    client.disconnect();
  };
  return { client, close };
}
