// The composition root: platform → modules → http. The only place that sees everything; it wires and does nothing else.
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { contract } from '@insula/contract';
import type { KyselyPlugin } from 'kysely';
import { agentsRoutes, createAgents } from './modules/agents/index.ts';
import {
  addAnthropicRoutes,
  addOpenAiRoutes,
  createGateway,
  createProviderOffer,
  gatewayRoutes,
  saySurfaceError,
} from './modules/gateway/index.ts';
import { createGovernance, governanceRoutes, registerAuditExport } from './modules/governance/index.ts';
import {
  createGate,
  createIdentity,
  createPlatformAdmin,
  ensureDevelopmentLogin,
  identityRoutes,
} from './modules/identity/index.ts';
import {
  answerQuestion,
  createKnowledge,
  createUploads,
  knowledgeRoutes,
  registerDocumentFiles,
} from './modules/knowledge/index.ts';
import { promptsRoutes } from './modules/prompts/index.ts';
import {
  createDirectory,
  createTenancy,
  DEFAULT_ORGANIZATION,
  DEFAULT_WORKSPACE,
  resumeLifecycle,
  tenancyRoutes,
} from './modules/tenancy/index.ts';
import { createBlobs, readBlobsOptions } from './platform/blobs/index.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import type { Config } from './platform/config.ts';
import { createReplica } from './platform/db/create-replica.ts';
import type { Embedded } from './platform/db/embedded/start-embedded.ts';
import { openDatabase } from './platform/db/open-database.ts';
import { createEgress } from './platform/egress/index.ts';
import { createEmbeddings } from './platform/embeddings/index.ts';
import { createEvents } from './platform/events/create-events.ts';
import { addDocs } from './platform/http/add-docs.ts';
import { addHealth } from './platform/http/add-health.ts';
import { createHttp } from './platform/http/create-http.ts';
import { createIdempotency } from './platform/http/create-idempotency.ts';
import { type MountedRoute, mountContract } from './platform/http/mount-contract.ts';
import { newId } from './platform/ids.ts';
import { createSecrets } from './platform/keys/create-secrets.ts';
import { loadKeyMaterial } from './platform/keys/load-key-material.ts';
import { createLeases, createLimits } from './platform/limits/index.ts';
import type { Log } from './platform/log.ts';
import { createMail } from './platform/mail/index.ts';
import { addMetrics, createMetrics } from './platform/metrics/index.ts';
import { createParsing } from './platform/parsing/index.ts';
import { createQueue } from './platform/queue/index.ts';

export type AppOptions = {
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

export type Platform = Awaited<ReturnType<typeof buildPlatform>>;
export type Modules = ReturnType<typeof buildModules>;
export type App = Awaited<ReturnType<typeof buildApp>>;

/** Builds the whole server; it answers once `http.listen` was called. `stop` ends everything that was started. */
export async function buildApp(options: AppOptions) {
  const platform = await buildPlatform(options);
  const modules = buildModules(platform);
  const { http, table } = buildHttp(platform, modules);
  const ownPort = () => portOf(http.server.address());
  const offer = createProviderOffer(modules.gateway.deps, {
    organizationId: DEFAULT_ORGANIZATION,
    workspaceId: DEFAULT_WORKSPACE,
    providerKeys: platform.config.providerKeys,
    ownPort,
  });
  await platform.db.start();
  const { gateway, identity, governance, knowledge } = modules;
  const parts = [platform.replica, gateway, identity, governance, knowledge];
  const lifecycle = repeatLifecycle(modules.tenancy.deps);
  await Promise.all([...parts.map((part) => part.start()), resumeLifecycle(modules.tenancy.deps)]);
  platform.queue.start();
  if (platform.config.devMode) {
    await ensureDevelopmentLogin(modules.identity);
    await offer.start();
  }
  return {
    ...platform,
    ...modules,
    http,
    /** Every mounted route, for the sweeps. */
    table,
    /** Names of the providers that the default workspace was offered in development mode. */
    providersFound: offer.found,
    /** Makes an administrator of the platform. */
    createPlatformAdmin: (login: { email: string; password: string }) =>
      createPlatformAdmin(modules.identity, login),
    /** From now on `/readyz` answers 503 and connections end with their answers; resolves after `ms`, when load balancers know. */
    async drain(ms: number) {
      platform.life.isDraining = true;
      await setTimeout(ms);
    },
    /** Finishes what is under way, then ends everything. */
    async stop() {
      platform.life.isDraining = true;
      await http.close();
      await offer.stop();
      clearInterval(lifecycle);
      await platform.queue.stop();
      for (const part of [knowledge, governance, identity, gateway]) await part.stop();
      await platform.stop();
    },
  };
}

const LIFECYCLE_MS = 60_000;

/** Carries on, every minute, what a killed server left half moved or half deleted. */
function repeatLifecycle(deps: Parameters<typeof resumeLifecycle>[0]): NodeJS.Timeout {
  return setInterval(() => {
    resumeLifecycle(deps).catch((error: Error) =>
      deps.log.warn({ error: error.message }, 'moves and deletions could not be carried on'),
    );
  }, LIFECYCLE_MS).unref();
}

/** All organizations share the connections to a provider: one with many slow streams must not keep the others waiting. */
function openEgress({ settings, devMode }: AppOptions['config']) {
  const allowPrivate = { ...splitAllowed(settings.EGRESS_ALLOW ?? []), loopback: devMode };
  return createEgress({ allowPrivate, limits: { connectionsPerOrigin: settings.CALLS_UNDER_WAY } });
}

/** The client of Redis is loaded by those who use it only. */
async function openRedis(url: string, log: Log) {
  const { connectRedis } = await import('./platform/cache/connect-redis.ts');
  return connectRedis(url, log);
}

async function buildPlatform(options: AppOptions) {
  const { config, log, clock = systemClock } = options;
  const { settings } = config;
  const { keyring, signer } = loadKeyMaterial(config);
  const opened = await openDatabase({ ...options, keyring });
  const { db } = opened;
  const redis = settings.REDIS_URL ? await openRedis(settings.REDIS_URL, log) : undefined;
  const replica = createReplica({ id: newId(), clusters: db.clusters, log });
  const sharing = { log, replicas: () => replica.countLive() };
  const prefix = redisPrefix(keyring);
  const inRedis = (part: string) => (redis ? { redis, prefix: `${prefix}${part}:` } : {});
  const limits = createLimits({ clock, ...sharing, ...inRedis('limits') });
  const leases = createLeases({ ...sharing, ...inRedis('leases') });
  const egress = openEgress(config);
  const { SMTP_URL: smtpUrl, MAIL_FROM: from } = settings;
  const mail = createMail({ from, log, ...(smtpUrl ? { smtpUrl } : {}) });
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

function buildModules(platform: Platform) {
  const { config, replica } = platform;
  const directory = createDirectory(platform);
  const tenancy = createTenancy({ ...platform, directory });
  const identity = createIdentity({ ...platform, directory, tenancy });
  const gate = createGate(identity);
  const governance = createGovernance(platform);
  const gateway = createGateway(
    {
      ...platform,
      tenancy,
      authenticate: gate.identify,
      recall: gate.recall,
      answer: (asked) => answerQuestion(knowledge.deps, asked),
      requireWorkspace: tenancy.requireWorkspace,
    },
    {
      replicaId: replica.id,
      spoolFolder: join(config.settings.DATA_DIR, 'spool'),
      embedded: config.embedded,
      load: {
        runningMax: config.settings.CALLS_UNDER_WAY,
        waitingMax: config.settings.CALLS_WAITING,
        patienceMs: config.settings.CALLS_WAIT_SECONDS * 1_000,
      },
    },
  );
  const { SEARCH_MEMORY_MB: searchMemoryMegabytes, SEARCH_THREADS: searchThreads } = config.settings;
  const searching = { searchMemoryMegabytes, searchThreads };
  const knowledge = createKnowledge({ ...platform, tenancy, gateway }, searching);
  const agents = createAgents({ ...platform, tenancy, publicUrl: identity.publicUrl });
  return { tenancy, identity, gate, governance, gateway, knowledge, agents };
}

function buildHttp(
  platform: Platform,
  { tenancy, identity, gate: doorkeeper, governance, gateway, knowledge, agents }: Modules,
) {
  const { config, db, log, secrets, life } = platform;
  const isDraining = () => life.isDraining;
  const http = createHttp({
    log,
    isDraining,
    allowedHosts: config.allowedHosts,
    sayError: saySurfaceError,
    ...(config.settings.TRUST_PROXY ? { trustedProxies: config.settings.TRUST_PROXY } : {}),
  });
  const gate = {
    ...doorkeeper,
    idempotency: createIdempotency({ db, answers: sealAnswers(secrets) }),
    uploads: createUploads(knowledge.deps, config.settings.MAX_DOCUMENT_MB),
  };
  const routes = {
    ...tenancyRoutes(tenancy),
    ...identityRoutes(identity),
    ...governanceRoutes(governance),
    ...gatewayRoutes(gateway),
    ...knowledgeRoutes(knowledge),
    ...promptsRoutes({ ...platform, requireWorkspace: tenancy.requireWorkspace, gateway }),
    ...agentsRoutes(agents),
  };
  const table: MountedRoute[] = [
    ...mountContract(http, routes, gate),
    ...addOpenAiRoutes(http, gateway),
    ...addAnthropicRoutes(http, gateway),
    ...registerDocumentFiles(http, { gate, deps: knowledge.deps }),
    ...registerAuditExport(http, { gate, openExport: governance.audit.openExport }),
  ];
  addHealth(http, { ...platform, isDraining });
  addMetrics(http, platform.metrics, config.settings.METRICS_TOKEN);
  addDocs(http, contract);
  return { http, table };
}

function sealAnswers(secrets: Platform['secrets']) {
  const place = (rowId: string) => ({ table: 'idempotency', column: 'answer', row_id: rowId });
  return {
    seal: (organizationId: string, rowId: string, plaintext: Buffer) =>
      secrets.seal(organizationId, place(rowId), plaintext),
    open: (organizationId: string, rowId: string, sealed: Buffer) =>
      secrets.open(organizationId, place(rowId), sealed),
  };
}

function splitAllowed(list: string[]): { hosts: string[]; cidrs: string[] } {
  return { hosts: list.filter((one) => !one.includes('/')), cidrs: list.filter((one) => one.includes('/')) };
}

/** Two installations may share a Redis: the keys of each begin with a word that only its own servers know. */
function redisPrefix(keyring: ReturnType<typeof loadKeyMaterial>['keyring']): string {
  return `insula:${keyring.deriveSecret('redis keys', 6).toString('hex')}:`;
}

function portOf(address: ReturnType<import('node:http').Server['address']>): number {
  return typeof address === 'object' && address ? address.port : 0;
}
