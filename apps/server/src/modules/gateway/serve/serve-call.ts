// One model call from a verified credential to its settled answer: rights, limits, the plan, the attempts. Every surface
// comes through here, so that none can forget a step.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { budgetsFor } from '../admission/load-terms.ts';
import { type Principal, requireRight } from '../admission/require-right.ts';
import type { Gateway } from '../index.ts';
import type { Entry } from '../ledger/index.ts';
import type { Ask, Surface } from '../relay/index.ts';
import { watchAnswer } from '../requests/watch-answer.ts';
import { defaultsOf, planCall } from '../routing/plan-call.ts';
import { logRequest } from './log-request.ts';
import { tryTargets } from './try-targets.ts';
import { wrapCall } from './wrap-call.ts';

export type Incoming = {
  request: FastifyRequest;
  reply: FastifyReply;
  principal: Principal;
  surface: Surface;
  /** Understands the body; `defaultModel` stands in where it names none. Throws what the caller is told. */
  readAsk(body: unknown, defaultModel: string | undefined): Ask;
};

/** Serves a call and answers it on the socket. Throws a Problem as long as nothing was sent. */
export async function serveCall(gateway: Gateway, incoming: Incoming): Promise<FastifyReply> {
  const { request, reply, principal, surface } = incoming;
  requireRight(principal, 'ai:query');
  const { organization_id, workspace_id } = principal;
  const grounds =
    gateway.peekGrounds(organization_id, workspace_id) ??
    (await gateway.loadGrounds(organization_id, workspace_id));
  const ask = incoming.readAsk(request.body, grounds.configuration.default_model ?? undefined);
  const admitted = gateway.admit({
    principal,
    terms: grounds.terms,
    ask,
    hasOutput: surface !== 'embeddings',
    response: reply.raw,
  });
  const admission = admitted instanceof Promise ? await admitted : admitted;
  let entry: Entry | undefined;
  try {
    for (const name in admission.headers) reply.raw.setHeader(name, admission.headers[name]!);
    const { health, prices } = gateway;
    const wish = { model: ask.model, surface, callerId: principal.id, userId: userOf(ask) };
    const plan = planCall({ health, prices, nowMs: gateway.deps.clock.now() }, grounds, wish);
    const defaults = defaultsOf(grounds.configuration, surface);
    const { content } = grounds.configuration.request_log;
    const answered = content === 'none' ? undefined : watchAnswer(reply.raw);
    const watch = gateway.watchAccess(principal, request.headers);
    reply.hijack();
    const call = {
      id: request.id,
      caller: { organization_id, workspace_id, actor_kind: principal.kind, actor_id: principal.id },
      surface,
      budgets: budgetsFor(grounds.terms, principal),
      signal: watch.signal,
      ...(defaults ? { defaults } : {}),
    };
    const wrapped = wrapCall(gateway, { grounds, call, request, response: reply.raw });
    const trial = { call, ask, plan, around: wrapped?.around, response: reply.raw };
    const tried = await tryTargets(gateway, trial).finally(watch.end);
    entry = tried.entry;
    const findings = wrapped?.findings() ?? [];
    if (answered || tried.chain.length > 1 || findings.length > 0)
      logRequest(gateway, { call, ask, chain: tried.chain, findings, content, answered });
  } finally {
    admission.finish(entry);
  }
  return reply;
}

const USER_MAX = 512;

/** The caller's own name for whom it asks, as OpenAI's and Anthropic's clients send it. */
function userOf({ json }: Ask): string | undefined {
  const metadata = json.metadata as { user_id?: unknown } | null | undefined;
  const user = json.safety_identifier ?? json.user ?? metadata?.user_id;
  return typeof user === 'string' && user !== '' ? user.slice(0, USER_MAX) : undefined;
}
