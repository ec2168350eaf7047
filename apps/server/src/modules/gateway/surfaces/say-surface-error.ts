// Problems in the error shape of the protocol that is spoken at an address, so that its SDKs raise their right exception classes.
import type { Problem } from '@insula/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { encodeAnthropicError, type Protocol } from '../wires/index.ts';

const typeByStatus: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'invalid_request_error',
  413: 'invalid_request_error',
  415: 'invalid_request_error',
  421: 'invalid_request_error',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
};

const codes: Record<string, string> = {
  unauthenticated: 'invalid_api_key',
  rate_limited: 'rate_limit_exceeded',
  limit_reached: 'rate_limit_exceeded',
  call_too_large: 'rate_limit_exceeded',
  too_many_at_once: 'rate_limit_exceeded',
  forbidden: 'insufficient_permissions',
};

/** Answers with the problem as the protocol says it, on routes marked with `config.protocol`; false on any other route. */
export function saySurfaceError(request: FastifyRequest, reply: FastifyReply, thrown: Problem): boolean {
  const { protocol } = request.routeOptions.config as { protocol?: Protocol };
  if (!protocol) return false;
  const body =
    protocol === 'anthropic'
      ? encodeAnthropicError(thrown.status, thrown.message)
      : JSON.stringify({ error: openaiErrorOf(thrown) });
  if (thrown.code === 'call_too_large') reply.header('x-should-retry', 'false'); // it would be as large again
  reply.code(thrown.status).type('application/json').send(body);
  return true;
}

function openaiErrorOf(thrown: Problem) {
  const param = thrown.code.startsWith('model_') ? 'model' : null;
  return {
    message: thrown.message,
    type: typeByStatus[thrown.status] ?? 'server_error',
    code: codes[thrown.code] ?? thrown.code,
    param,
  };
}
