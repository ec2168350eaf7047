// Health: what load balancers, people and programs ask a server before anything else.
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Redis } from 'ioredis';
import type { Database } from '../db/create-database.ts';

export const VERSION = '0.1.0';

type HealthDeps = { db: Database; redis: Redis | undefined; isDraining(): boolean };
type Health = {
  status: 'healthy' | 'degraded' | 'unhealthy';
  multi_tenant: true;
  version: string;
  checks: Record<string, string>;
};

/** Adds `/`, `/ping`, `/healthz` (alive), `/readyz` (send requests here), `/health`, `/v1/health`, `/api/v1/health` and `/health/agent`. */
export function addHealth(http: FastifyInstance, deps: HealthDeps): void {
  http.get('/', async () => ({
    name: 'Insula',
    version: VERSION,
    description: 'Self-hosted, multi-tenant AI platform.',
    docs: '/docs',
    openapi: '/openapi.json',
    health: '/health',
    api: '/v1',
  }));
  http.get('/ping', async () => ({ ping: 'pong' }));
  http.get('/healthz', async () => ({ status: 'ok' }));
  http.get('/readyz', async (_request, reply) => {
    const status = deps.isDraining() ? 'stopping' : (await checkHealth(deps)).status;
    const isReady = status === 'healthy' || status === 'degraded';
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : status });
  });
  const whole = async (reply: FastifyReply) => {
    const health = await checkHealth(deps);
    return reply.code(health.status === 'unhealthy' ? 503 : 200).send(health);
  };
  for (const path of ['/health', '/v1/health', '/api/v1/health', '/health/agent'])
    http.get(path, (_request, reply) => whole(reply));
}

async function checkHealth({ db, redis }: HealthDeps): Promise<Health> {
  const checks: Record<string, string> = {};
  for (const name of db.clusters.names()) {
    checks[`database ${name}`] = await within(2_000, db.ping(name));
  }
  if (redis) checks.redis = await within(1_000, redis.ping());
  checks.changes = db.invalidation.fresh() ? 'ok' : 'not heard: reading from the database';
  const broken = Object.entries(checks).filter(([, said]) => said !== 'ok');
  const unhealthy = broken.some(([name]) => name === 'database main');
  return {
    status: unhealthy ? 'unhealthy' : broken.length > 0 ? 'degraded' : 'healthy',
    multi_tenant: true,
    version: VERSION,
    checks,
  };
}

async function within(ms: number, work: Promise<unknown>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${ms} ms`), ms);
  });
  return Promise.race([
    work.then(
      () => 'ok',
      () => 'not reachable',
    ),
    late,
  ]).finally(() => clearTimeout(timer));
}
