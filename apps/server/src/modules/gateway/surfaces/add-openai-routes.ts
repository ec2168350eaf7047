// OpenAI's protocol on its own addresses: chat completions, responses, legacy completions, embeddings, models.
import { contract } from '@insula/contract';
import { gatewayProblem } from '@insula/contract/gateway';
import type { FastifyInstance } from 'fastify';
import type { MountedRoute } from '../../../platform/http/mount-contract.ts';
import { type Principal, requireRight } from '../admission/require-right.ts';
import type { Gateway } from '../index.ts';
import { listModels } from '../routing/find-targets.ts';
import type { Surface } from '../wires/index.ts';
import { addModelCall, type Door, openDoor, PREFIXES } from './add-model-call.ts';

const SURFACES: readonly Surface[] = ['chat.completions', 'responses', 'completions', 'embeddings'];
const endpoints = contract.openaiSurface;
const ROWS = {
  chatCompletions: ['POST', '/chat/completions', endpoints.chatCompletions],
  responses: ['POST', '/responses', endpoints.responses],
  completions: ['POST', '/completions', endpoints.completions],
  embeddings: ['POST', '/embeddings', endpoints.embeddings],
  listModels: ['GET', '/models', endpoints.listModels],
  getModel: ['GET', '/models/:model', endpoints.getModel],
} as const;

/** Adds the routes; returns them for the sweeps. */
export function addOpenAiRoutes(http: FastifyInstance, gateway: Gateway): MountedRoute[] {
  const door = openDoor(gateway);
  const table: MountedRoute[] = [];
  for (const prefix of PREFIXES) {
    for (const surface of SURFACES) addModelCall(http, gateway, { prefix, surface, door });
    addModelLists(http, gateway, { prefix, door });
    for (const [name, [method, url, endpoint]] of Object.entries(ROWS))
      table.push({ name: `openaiSurface.${name}`, method, url: prefix + url, meta: endpoint['~orpc'].meta });
  }
  return table;
}

function addModelLists(http: FastifyInstance, gateway: Gateway, at: { prefix: string; door: Door }): void {
  const { prefix, door } = at;
  const options = { config: { protocol: 'openai' } as object, onRequest: door.check };
  http.get(`${prefix}/models`, options, async (request) => ({
    object: 'list',
    data: await modelsOf(gateway, door.principalOf(request)),
  }));
  http.get<{ Params: { '*': string } }>(`${prefix}/models/*`, options, async (request) => {
    const models = await modelsOf(gateway, door.principalOf(request));
    const found = models.find((model) => model.id === request.params['*']);
    if (!found)
      throw gatewayProblem('model_not_found', { model: request.params['*'].slice(0, 200), hint: '' });
    return found;
  });
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
