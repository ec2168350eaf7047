// The composition root: platform → modules → http. The only place that sees everything; it wires and does nothing else.
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { contract } from '@insula/contract';
import { agentsRoutes, answerAsModel, createAgents } from './modules/agents/index.ts';
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
import { createPrompts, promptsRoutes, registerJobResults } from './modules/prompts/index.ts';
import {
  createDirectory,
  createTenancy,
  DEFAULT_ORGANIZATION,
  DEFAULT_WORKSPACE,
  resumeLifecycle,
  tenancyRoutes,
} from './modules/tenancy/index.ts';
import { createPlatform, type Platform, type PlatformOptions } from './platform/create-platform.ts';
import { addDocs } from './platform/http/add-docs.ts';
import { addHealth } from './platform/http/add-health.ts';
import { createHttp } from './platform/http/create-http.ts';
import { createIdempotency } from './platform/http/create-idempotency.ts';
import { type MountedRoute, mountContract } from './platform/http/mount-contract.ts';
import { addMetrics } from './platform/metrics/index.ts';

export type Modules = ReturnType<typeof buildModules>;
export type App = Awaited<ReturnType<typeof buildApp>>;

/** Builds the whole server; it answers once `http.listen` was called. `stop` ends everything that was started. */
export async function buildApp(options: PlatformOptions) {
  const platform = await createPlatform(options);
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
  const { gateway, identity, governance, knowledge, agents } = modules;
  const parts = [platform.replica, gateway, identity, governance, knowledge, agents];
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
      const { prompts, agents } = modules;
      for (const part of [agents, prompts, knowledge, governance, identity, gateway]) await part.stop();
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
      answerAsAgent: (asked) => answerAsModel(agents.deps, asked),
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
  const prompts = createPrompts({ ...platform, requireWorkspace: tenancy.requireWorkspace, gateway });
  const { SEARCH_MEMORY_MB: searchMemoryMegabytes, SEARCH_THREADS: searchThreads } = config.settings;
  const searching = { searchMemoryMegabytes, searchThreads };
  const knowledge = createKnowledge({ ...platform, tenancy, gateway }, searching);
  const above = { tenancy, governance, gateway, knowledge };
  const agents = createAgents({ ...platform, ...above, publicUrl: identity.publicUrl });
  return { tenancy, identity, gate, governance, gateway, prompts, knowledge, agents };
}

function buildHttp(
  platform: Platform,
  { tenancy, identity, gate: doorkeeper, governance, gateway, prompts, knowledge, agents }: Modules,
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
    ...promptsRoutes(prompts),
    ...agentsRoutes(agents),
  };
  const table: MountedRoute[] = [
    ...mountContract(http, routes, gate),
    ...addOpenAiRoutes(http, gateway),
    ...addAnthropicRoutes(http, gateway),
    ...registerDocumentFiles(http, { gate, deps: knowledge.deps }),
    ...registerAuditExport(http, { gate, openExport: governance.audit.openExport }),
    ...registerJobResults(http, { ...prompts.deps, gate }),
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

function portOf(address: ReturnType<import('node:http').Server['address']>): number {
  return typeof address === 'object' && address ? address.port : 0;
}
