// One model call from a verified credential to its settled answer: rights, limits, the model's targets, the relay. Every
// surface comes through here, so that none can forget a step.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { budgetsFor } from '../admission/load-terms.ts';
import { type Principal, requireRight } from '../admission/require-right.ts';
import type { Gateway } from '../index.ts';
import type { Entry } from '../ledger/index.ts';
import type { Ask, Surface } from '../relay/index.ts';
import { chooseTarget, defaultsOf } from '../routing/choose-target.ts';

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
    const target = chooseTarget(grounds, ask.model, surface);
    const defaults = defaultsOf(grounds.configuration, surface);
    const watch = gateway.watchAccess(principal, request.headers);
    reply.hijack();
    const call = {
      id: request.id,
      attempt: 1,
      caller: { organization_id, workspace_id, actor_kind: principal.kind, actor_id: principal.id },
      target,
      surface,
      budgets: budgetsFor(grounds.terms, principal),
      signal: watch.signal,
      ...(defaults ? { defaults } : {}),
    };
    ({ entry } = await gateway.relay.relayCall(call, ask, reply.raw).finally(watch.end));
  } finally {
    admission.finish(entry);
  }
  return reply;
}
