// The gateway put together: the relay over the ledgers, and what is known of targets and workspaces.
import { createAdmission } from './admission/create-admission.ts';
import { createGrounds, type GroundsMemory } from './admission/create-grounds.ts';
import { followRotation } from './budgets/follow-rotation.ts';
import { createAnswerCache } from './cache/create-answer-cache.ts';
import { createLedgers, type LedgerOptions } from './create-ledgers.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import { createGuardrails } from './guardrail-policies/create-guardrails.ts';
import { createScanner } from './guardrails/create-scanner.ts';
import type { ModelOpener } from './models/create-model-opener.ts';
import { loadModelOpener } from './models/load-model-opener.ts';
import { createRelay } from './relay/index.ts';
import { createLogRetention } from './requests/create-log-retention.ts';
import { createRequestLog } from './requests/create-request-log.ts';
import { createAccessWatch } from './routing/create-access-watch.ts';
import { createHealth } from './routing/create-health.ts';
import { createCallFigures } from './serve/create-call-figures.ts';
import type { TranslationDeps } from './translation/index.ts';

export type Gateway = ReturnType<typeof createGateway>;

const LIMITS = {
  maxCallMs: 600_000,
  firstByteMs: 120_000,
  idleMs: 120_000,
  maxResponseBytes: 64 * 1_048_576,
};

/** Builds the gateway; `start` opens the ledgers and begins to sweep. */
export function createGateway(deps: GatewayDeps, options: LedgerOptions) {
  const { log, egress } = deps;
  const { byCluster, prices, ledgers, start, stop } = createLedgers(deps, options);
  followRotation(deps);
  const relay = createRelay({
    dispatcherFor: egress.dispatcherFor,
    ledger: byCluster,
    prices,
    ...openModels(deps),
    replicaId: options.replicaId,
    log,
    limits: LIMITS,
  });

  const health = createHealth(deps.clock);
  const figures = createCallFigures(deps.metrics, { health, ledgers });

  const requestLog = createRequestLog(deps, deps.metrics);
  const retention = createLogRetention(deps);
  const answerCache = openAnswerCache(deps);
  const grounds: GroundsMemory = createGrounds(deps, {
    loadGuards: (...at) => guardrails.load(...at),
    loadCache: answerCache.load,
  });
  const guardrails = openGuardrails(deps, (...at) => grounds.loadGrounds(...at));
  return {
    deps,
    relay,
    prices,
    health,
    figures,
    requestLog,
    guardrails,
    answerCache,
    ledgers,
    admit: createAdmission(deps, options),
    ...grounds,
    watchAccess: createAccessWatch(deps),
    forgetLogs: retention.forgetLogs,
    async start() {
      await start();
      retention.start();
    },
    async stop() {
      retention.stop();
      await requestLog.flush();
      await Promise.all([stop(), guardrails.stop()]);
    },
  };
}

/** Models for calls that are translated; the first of those loads the opener. */
function openModels({ egress }: GatewayDeps): Pick<TranslationDeps, 'openModel' | 'openEmbeddingModel'> {
  const load = async () => (await loadModelOpener())({ dispatcherFor: egress.dispatcherFor, limits: LIMITS });
  let loading: Promise<ModelOpener> | undefined;
  const opener = () => {
    loading ??= load();
    return loading;
  };
  return {
    openModel: async (...asked) => (await opener()).openModel(...asked),
    openEmbeddingModel: async (...asked) => (await opener()).openEmbeddingModel(...asked),
  };
}

function openAnswerCache(deps: GatewayDeps) {
  const hashKey = deps.secrets.keyring.deriveSecret('cached questions', 32);
  return createAnswerCache({ ...deps, hashKey });
}

function openGuardrails(deps: GatewayDeps, loadGrounds: GroundsMemory['loadGrounds']) {
  return createGuardrails(deps, {
    ...deps,
    scanner: createScanner(),
    hashKey: deps.secrets.keyring.deriveSecret('guardrail findings', 32),
    findModerationRoute: async ({ organizationId, workspaceId }, credentialId) => {
      const { routes } = (await loadGrounds(organizationId, workspaceId)).routes;
      const route = routes.find((one) =>
        credentialId === null ? one.provider.id === 'openai' : one.credentialId === credentialId,
      );
      return route && { baseUrl: route.connection.baseUrl, headers: route.headers };
    },
  });
}
