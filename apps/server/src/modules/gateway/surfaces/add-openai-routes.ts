// OpenAI's protocol on its own addresses: chat completions, embeddings, models. The credential is checked before a byte of
// the body is read.
import { contract, problem } from '@insula/contract';
import { gatewayProblem } from '@insula/contract/gateway';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { MountedRoute } from '../../../platform/http/mount-contract.ts';
import { type Principal, requireRight } from '../admission/require-right.ts';
import type { Gateway } from '../index.ts';
import { AskError, readAsk, type Surface } from '../relay/index.ts';
import { listModels } from '../routing/find-targets.ts';
import { serveCall } from '../serve/serve-call.ts';

const PREFIXES = ['/v1', '/api/v1'];
const BODY_LIMIT = 20_971_520;

/** Adds the routes; returns them for the sweeps. */
export function addOpenAiRoutes(http: FastifyInstance, gateway: Gateway): MountedRoute[] {
  const principals = new WeakMap<FastifyRequest, Principal>();
  const authenticate = async (request: FastifyRequest) => {
    principals.set(request, await gateway.deps.authenticate(request.headers));
  };
  const config = { protocol: 'openai' };
  const table: MountedRoute[] = [];
  for (const prefix of PREFIXES) {
    const call = (path: string, surface: Surface) =>
      http.post(
        `${prefix}${path}`,
        { config, bodyLimit: BODY_LIMIT, onRequest: authenticate },
        (request, reply) =>
          serveCall(gateway, {
            request,
            reply,
            surface,
            principal: principals.get(request)!,
            readAsk: askOf,
          }),
      );
    call('/chat/completions', 'chat.completions');
    call('/embeddings', 'embeddings');
    http.get(`${prefix}/models`, { config, onRequest: authenticate }, async (request) => ({
      object: 'list',
      data: await modelsOf(gateway, principals.get(request)!),
    }));
    http.get<{ Params: { '*': string } }>(
      `${prefix}/models/*`,
      { config, onRequest: authenticate },
      async (request) => {
        const found = (await modelsOf(gateway, principals.get(request)!)).find(
          (model) => model.id === request.params['*'],
        );
        if (!found)
          throw gatewayProblem('model_not_found', { model: request.params['*'].slice(0, 200), hint: '' });
        return found;
      },
    );
    table.push(...listRows(prefix));
  }
  return table;
}

/** The routes under one prefix, as the sweeps know them. */
function listRows(prefix: string): MountedRoute[] {
  const { chatCompletions, embeddings, listModels: list, getModel } = contract.openaiSurface;
  const rows = {
    chatCompletions: ['POST', '/chat/completions', chatCompletions],
    embeddings: ['POST', '/embeddings', embeddings],
    listModels: ['GET', '/models', list],
    getModel: ['GET', '/models/:model', getModel],
  } as const;
  return Object.entries(rows).map(([name, [method, url, endpoint]]) => ({
    name: `openaiSurface.${name}`,
    method,
    url: prefix + url,
    meta: endpoint['~orpc'].meta,
  }));
}

async function modelsOf(gateway: Gateway, principal: Principal) {
  requireRight(principal, 'models:read');
  const { routes, configuration } = await gateway.loadGrounds(
    principal.organization_id,
    principal.workspace_id,
  );
  const allowed = configuration.allowed_models;
  return listModels(routes)
    .filter((model) => !allowed || allowed.includes(model.id))
    .map((model) => ({ ...model, object: 'model' as const, created: 0 }));
}

function askOf(body: unknown, defaultModel: string | undefined) {
  if (!Buffer.isBuffer(body)) throw problem('invalid_request', { detail: 'send a JSON object.' });
  try {
    return readAsk(body, defaultModel);
  } catch (error) {
    if (error instanceof AskError) throw problem('invalid_request', { detail: error.failure.message });
    throw error;
  }
}
