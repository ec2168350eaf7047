// What the gateway needs of the rest of the house.
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import type { Actor } from '../../platform/actor.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/create-database.ts';
import type { TenantTx } from '../../platform/db/door.ts';
import type { Egress } from '../../platform/egress/index.ts';
import type { Embeddings } from '../../platform/embeddings/index.ts';
import type { Events } from '../../platform/events/create-events.ts';
import type { Secrets } from '../../platform/keys/create-secrets.ts';
import type { Leases, Limits } from '../../platform/limits/index.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics/index.ts';
import type { Tenancy } from '../tenancy/index.ts';
import type { Principal } from './admission/require-right.ts';
import type { Answerer } from './built-in/open-built-in.ts';
import type { Home } from './credentials/store.ts';

/** A chat completion that names an agent as its model. */
export type AgentCall = {
  request: FastifyRequest;
  reply: FastifyReply;
  principal: Principal;
  slug: string;
  body: Record<string, unknown>;
};

/** The platform and the modules above, and who may ask. */
export type GatewayDeps = {
  db: Database;
  events: Events;
  secrets: Secrets;
  egress: Egress;
  limits: Limits;
  leases: Leases;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  tenancy: Tenancy;
  embeddings: Embeddings;
  redis: Redis | undefined;
  redisPrefix: string;
  /** Who presents these headers; throws `unauthenticated`. Synchronous in the steady state. */
  authenticate(headers: IncomingHttpHeaders): Principal | Promise<Principal>;
  /** Who an actor is now, in a workspace, for calls that the house makes for it; undefined when it may do nothing there any more. */
  recall(
    actor: Pick<Actor, 'organization_id' | 'kind' | 'id'>,
    workspaceId: string,
  ): Promise<Principal | undefined>;
  /** Answers where no language model is connected: knowledge, which stands below. */
  answer: Answerer;
  /** Answers a chat completion whose model is `agent:<slug>`; the right to ask was not looked at yet. */
  answerAsAgent(asked: AgentCall): Promise<FastifyReply>;
  /** Throws unless the transaction can see the workspace of this home. */
  requireWorkspace(tx: TenantTx, home: Home): Promise<void>;
};
