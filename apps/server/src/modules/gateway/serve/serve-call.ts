// A model call that came over a socket: carried like every other (carry-call.ts) and answered there.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../admission/require-right.ts';
import { directiveOf } from '../cache/create-answer-cache.ts';
import type { Gateway } from '../index.ts';
import type { Ask, Surface } from '../relay/index.ts';
import { carryCall } from './carry-call.ts';

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
  await carryCall(gateway, {
    id: request.id,
    principal,
    surface,
    response: reply.raw,
    readAsk: (defaultModel) => incoming.readAsk(request.body, defaultModel),
    directive: directiveOf(request.headers['x-insula-cache']),
    begin() {
      const watch = gateway.watchAccess(principal, () => gateway.deps.authenticate(request.headers));
      reply.hijack();
      return watch;
    },
  });
  return reply;
}
