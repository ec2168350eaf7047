// The two addresses at which a trail is downloaded: plain routes, because the answer is a stream of lines and not JSON.
import { Readable } from 'node:stream';
import { type EndpointMeta, problem } from '@insula/contract';
import { trailExports } from '@insula/contract/governance';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Actor, PLATFORM_ORGANIZATION } from '../../../platform/actor.ts';
import {
  type Call,
  type Gate,
  type MountedRoute,
  openCall,
  urlsOf,
} from '../../../platform/http/mount-contract.ts';

export type ExportOptions = {
  gate: Gate;
  /** Records the download, then gives its lines. */
  openExport(actor: Actor, organizationId: string): Promise<AsyncGenerator<string>>;
};

const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Mounts both downloads under all prefixes and aliases; returns what was mounted, for the sweeps. */
export function registerAuditExport(app: FastifyInstance, options: ExportOptions): MountedRoute[] {
  const mounted = [
    { name: 'trailExports.organization', endpoint: trailExports.organization },
    { name: 'trailExports.platform', endpoint: trailExports.platform },
  ];
  return mounted.flatMap(({ name, endpoint }) => {
    const { route, meta } = endpoint['~orpc'];
    const said = meta as EndpointMeta;
    return urlsOf(route.path ?? '', said).map((url) => {
      addExport(app, { name, url, meta: said }, options);
      return { name, method: 'GET', url, meta: said };
    });
  });
}

function addExport(
  app: FastifyInstance,
  route: { name: string; url: string; meta: EndpointMeta },
  options: ExportOptions,
): void {
  const calls = new WeakMap<FastifyRequest, Call>();
  app.route({
    method: 'GET',
    url: route.url,
    exposeHeadRoute: false,
    onRequest: async (request) => {
      const { organization_id: named } = request.params as Record<string, string>;
      if (named !== undefined && !id.test(named)) throw problem('not_found');
      calls.set(request, await openCall(request, route, options.gate));
    },
    handler: async (request, reply) => {
      const { actor } = calls.get(request)!;
      const [unknown] = Object.keys(request.query as object);
      if (unknown !== undefined)
        throw problem('invalid_request', { detail: `${unknown.slice(0, 100)}: There is no such field.` });
      const ofPlatform = route.meta.permission === 'platform:operate';
      const organizationId = ofPlatform ? PLATFORM_ORGANIZATION : actor.organization_id;
      const lines = await options.openExport(actor, organizationId);
      return reply
        .type('application/x-ndjson')
        .header('content-disposition', `attachment; filename="trail-${organizationId}.jsonl"`)
        .send(Readable.from(lines));
    },
  });
}
