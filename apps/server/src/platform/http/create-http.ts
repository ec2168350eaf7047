// The HTTP server: bounded, one parser, one error handler, a host check; it knows no endpoint.
import type { Socket } from 'node:net';
import { problem } from '@insula/contract';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { newId } from '../ids.ts';
import type { Log } from '../log.ts';
import { problemBody, toProblem } from './to-problem.ts';

export type HttpOptions = {
  log: Log;
  allowedHosts: string[] | '*';
  /** Proxies that may say who the caller is; none by default. */
  trustedProxies?: string[];
  /** True from the moment the server was told to stop: what comes is still answered, and its connection ends with it. */
  isDraining?: () => boolean;
  /** How a foreign protocol says an error, chosen by the route's config; problem+json otherwise. */
  sayError?: (request: FastifyRequest, reply: FastifyReply, error: ReturnType<typeof toProblem>) => boolean;
};

export const BODY_LIMIT = 1_048_576;

/** Makes the server, without routes. Bodies arrive as Buffers and are read by whoever mounted the route. */
export function createHttp(options: HttpOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    trustProxy: options.trustedProxies ?? false,
    bodyLimit: BODY_LIMIT,
    genReqId: () => newId(),
    requestTimeout: 60_000,
    keepAliveTimeout: 75_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    return503OnClosing: false, // what came in before the end is answered
    forceCloseConnections: 'idle',
    // What cannot be routed at all (an address that cannot be decoded) is answered like everything else.
    frameworkErrors: (error, request, reply) => {
      addHeaders(request, reply);
      sayProblem(options, { error, request, reply });
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json(?:;|$)/i,
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  );
  app.addHook('onRequest', async (request, reply) => {
    addHeaders(request, reply);
    if (options.isDraining?.()) reply.raw.shouldKeepAlive = false;
    refuseForeignHost(request, options.allowedHosts);
    if (request.url.includes('%00') || request.url.length > 8_192)
      throw problem('invalid_request', { detail: 'the address is not valid.' });
  });
  app.setNotFoundHandler(async (request) => {
    throw problem('not_found', { path: request.url.split('?')[0]!.slice(0, 200) });
  });
  app.setErrorHandler((error, request, reply) => sayProblem(options, { error, request, reply }));
  closeUnused(app);
  app.server.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  return app;
}

/**
 * Stopping waits for requests under way and for nothing else: neither for connections on which nobody ever asked anything
 * nor for those that are kept alive after their last answer.
 */
function closeUnused(app: FastifyInstance): void {
  const silent = new Set<Socket>();
  app.server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  app.server.on('request', (request) => silent.delete(request.socket));
  app.addHook('preClose', async () => {
    const timer = setInterval(() => app.server.closeIdleConnections(), 100);
    // A moment's patience: the first request of a new connection may be on its way.
    const last = setTimeout(() => silent.forEach((socket) => void socket.destroy()), 300);
    app.server.once('close', () => {
      clearInterval(timer);
      clearTimeout(last);
    });
    timer.unref();
  });
}

/** What every answer carries. */
function addHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply
    .header('x-request-id', request.id)
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'no-store');
}

/** The one answer to an error: in the words of the protocol that was spoken, problem+json otherwise. */
function sayProblem(
  options: HttpOptions,
  { error, request, reply }: { error: unknown; request: FastifyRequest; reply: FastifyReply },
): void {
  const thrown = toProblem(error, {
    requestId: request.id,
    log: options.log,
    bodyLimit: request.routeOptions?.bodyLimit ?? BODY_LIMIT,
  });
  if (thrown.status === 401) reply.header('www-authenticate', 'Bearer realm="insula"');
  const wait = thrown.facts.retry_after_seconds;
  if (typeof wait === 'number') reply.header('retry-after', wait);
  if (options.sayError?.(request, reply, thrown)) return;
  reply
    .code(thrown.status)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(thrown, request.id)));
}

/** Answers only for the hosts configured, so that a page elsewhere cannot reach a server on loopback by rebinding a name. */
function refuseForeignHost(request: FastifyRequest, allowed: string[] | '*'): void {
  if (allowed === '*') return;
  const host = hostnameOf(request.headers.host ?? '');
  if (!allowed.includes(host)) throw problem('host_not_allowed', { host: host.slice(0, 253) });
}

function hostnameOf(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.lastIndexOf(':');
  return (end > 0 ? host.slice(0, end) : host).toLowerCase().replace(/\.$/, '');
}
