// What every part of the server stands on, in the order in which it is opened; `stop` closes it in the other.
import { join } from 'node:path';
import type { KyselyPlugin } from 'kysely';
import { createBlobs, readBlobsOptions } from './blobs/index.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { createReplica } from './db/create-replica.ts';
import type { Embedded } from './db/embedded/start-embedded.ts';
import { openDatabase } from './db/open-database.ts';
import { createEgress } from './egress/index.ts';
import { createEmbeddings } from './embeddings/index.ts';
import { createEvents } from './events/create-events.ts';
import { newId } from './ids.ts';
import { createSecrets } from './keys/create-secrets.ts';
import { loadKeyMaterial } from './keys/load-key-material.ts';
import { createLeases, createLimits } from './limits/index.ts';
import type { Log } from './log.ts';
import { createMail } from './mail/index.ts';
import { createMetrics } from './metrics/index.ts';
import { createParsing } from './parsing/index.ts';
import { createQueue } from './queue/index.ts';

export type PlatformOptions = {
  config: Config;
  log: Log;
  clock?: Clock;
  /** Rewrites of queries, for the isolation proof. */
  plugins?: KyselyPlugin[];
  /** File with an initialised embedded database, for quick starts of tests. */
  template?: string;
  /** Keeps the embedded database in memory only, for tests. */
  inMemory?: boolean;
  /** Called when the embedded database has ended by itself. */
  onLost?: (error: Error) => void;
  /** The embedded database, where it is being started already. */
  embedded?: Promise<Embedded>;
};

export type Platform = Awaited<ReturnType<typeof createPlatform>>;

/** Opens all of it; nothing works in the background before its `start`. */
export async function createPlatform(options: PlatformOptions) {
  const { config, log, clock = systemClock } = options;
  const { settings } = config;
  const { keyring, signer } = loadKeyMaterial(config);
  const { db, ...opened } = await openDatabase({ ...options, keyring });
  const redis = settings.REDIS_URL ? await openRedis(settings.REDIS_URL, log) : undefined;
  const replica = createReplica({ id: newId(), clusters: db.clusters, log });
  const sharing = { log, replicas: () => replica.countLive() };
  const prefix = redisPrefix(keyring);
  const inRedis = (part: string) => (redis ? { redis, prefix: `${prefix}${part}:` } : {});
  const limits = createLimits({ clock, ...sharing, ...inRedis('limits') });
  const leases = createLeases({ ...sharing, ...inRedis('leases') });
  const egress = openEgress(config);
  const mail = openMail(settings, log);
  const blobs = await createBlobs(readBlobsOptions(settings));
  const secrets = createSecrets({ db, keyring });
  const embeddings = createEmbeddings({ folder: join(settings.DATA_DIR, 'models') });
  const parsing = createParsing();
  const queue = createQueue({ db, log, workers: settings.WORKERS });
  async function stop(): Promise<void> {
    await Promise.all([embeddings.stop(), parsing.stop()]);
    await egress.close();
    for (const part of [mail, limits, leases]) part.close();
    redis?.disconnect();
    for (const part of [replica, opened]) await part.stop();
  }
  return {
    config,
    log,
    clock,
    db,
    signer,
    redis,
    redisPrefix: prefix,
    embeddings,
    limits,
    leases,
    egress,
    mail,
    replica,
    queue,
    parsing,
    blobs,
    secrets,
    events: createEvents(),
    life: { isDraining: false },
    metrics: createMetrics(),
    stop,
  };
}

/** All organizations share the connections to a provider: one with many slow streams must not keep the others waiting. */
function openEgress({ settings, devMode }: Config) {
  const allowPrivate = { ...splitAllowed(settings.EGRESS_ALLOW ?? []), loopback: devMode };
  return createEgress({ allowPrivate, limits: { connectionsPerOrigin: settings.CALLS_UNDER_WAY } });
}

/** The client of Redis is loaded by those who use it only. */
async function openRedis(url: string, log: Log) {
  const { connectRedis } = await import('./cache/connect-redis.ts');
  return connectRedis(url, log);
}

function openMail({ SMTP_URL: smtpUrl, MAIL_FROM: from }: Config['settings'], log: Log) {
  return createMail({ from, log, ...(smtpUrl ? { smtpUrl } : {}) });
}

function splitAllowed(list: string[]): { hosts: string[]; cidrs: string[] } {
  return { hosts: list.filter((one) => !one.includes('/')), cidrs: list.filter((one) => one.includes('/')) };
}

/** Two installations may share a Redis: the keys of each begin with a word that only its own servers know. */
function redisPrefix(keyring: ReturnType<typeof loadKeyMaterial>['keyring']): string {
  return `insula:${keyring.deriveSecret('redis keys', 6).toString('hex')}:`;
}
