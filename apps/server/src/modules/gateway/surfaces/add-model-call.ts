// One address at which models are called: the credential is checked before a byte of the body is read, and everything else is
// the way of every call.
import { problem } from '@insula/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../admission/require-right.ts';
import type { Gateway } from '../index.ts';
import { type Ask, AskError, readAsk } from '../relay/index.ts';
import { type Incoming, serveCall } from '../serve/serve-call.ts';
import { type Surface, wires } from '../wires/index.ts';

/** Where the protocols are served. */
export const PREFIXES = ['/v1', '/api/v1'];
const BODY_LIMIT = 20_971_520;
const HEADER_MAX = 1_000;

/** The credentials of requests under way, checked before their bodies are read. */
export type Door = {
  check(request: FastifyRequest): Promise<void>;
  principalOf(request: FastifyRequest): Principal;
};

/** Makes the door that all addresses of a protocol share. */
export function openDoor(gateway: Gateway): Door {
  const principals = new WeakMap<FastifyRequest, Principal>();
  return {
    async check(request) {
      principals.set(request, await gateway.deps.authenticate(request.headers));
    },
    principalOf: (request) => principals.get(request)!,
  };
}

/** Adds the address of a surface under a prefix. `passed` names headers that the provider is to see. */
export function addModelCall(
  http: FastifyInstance,
  gateway: Gateway,
  at: { prefix: string; surface: Surface; door: Door; passed?: readonly string[] },
): void {
  const { prefix, surface, door, passed = [] } = at;
  const { path, protocol } = wires[surface];
  http.post(
    `${prefix}${path}`,
    { config: { protocol } as object, bodyLimit: BODY_LIMIT, onRequest: door.check },
    (request, reply) =>
      serveOrHand(gateway, {
        request,
        reply,
        surface,
        principal: door.principalOf(request),
        readAsk: (body, defaultModel) => {
          const ask = askOf(body, defaultModel);
          if (surface === 'chat.completions' && ask.model.startsWith(AGENT)) throw new NamesAgent(ask);
          return passed.length > 0 ? { ...ask, headers: pick(request, passed) } : ask;
        },
      }),
  );
}

/** A model name that stands for an agent: `agent:<slug>`. */
const AGENT = 'agent:';

/** Thrown before anything was asked for or promised: the call is an agent's. */
class NamesAgent extends Error {
  override readonly name = 'NamesAgent';
  readonly ask: Ask;
  constructor(ask: Ask) {
    super('The call is an agent’s.');
    this.ask = ask;
  }
}

/** Serves the call, or hands one that names an agent to those who answer for agents. */
async function serveOrHand(gateway: Gateway, incoming: Incoming): Promise<FastifyReply> {
  try {
    return await serveCall(gateway, incoming);
  } catch (error) {
    if (!(error instanceof NamesAgent)) throw error;
    const { request, reply, principal } = incoming;
    const slug = error.ask.model.slice(AGENT.length);
    return gateway.deps.answerAsAgent({ request, reply, principal, slug, body: error.ask.json });
  }
}

function askOf(body: unknown, defaultModel: string | undefined): Ask {
  if (!Buffer.isBuffer(body)) throw problem('invalid_request', { detail: 'send a JSON object.' });
  try {
    return readAsk(body, defaultModel);
  } catch (error) {
    if (error instanceof AskError) throw problem('invalid_request', { detail: error.failure.message });
    throw error;
  }
}

function pick({ headers }: FastifyRequest, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string' && value.length <= HEADER_MAX) picked[name] = value;
  }
  return picked;
}
