// `/metrics`: for whoever has the token, or, where none is set, for this machine itself.
import { createHash, timingSafeEqual } from 'node:crypto';
import { problem } from '@insula/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from './create-metrics.ts';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'];

/** Adds the route; everybody else hears that there is no such page. */
export function addMetrics(http: FastifyInstance, metrics: Metrics, token: string | undefined): void {
  http.get('/metrics', async (request, reply) => {
    if (!mayRead(request, token)) throw problem('not_found', { path: '/metrics' });
    return reply.type(metrics.contentType).send(await metrics.print());
  });
}

function mayRead(request: FastifyRequest, token: string | undefined): boolean {
  if (token !== undefined) return isSame(request.headers.authorization ?? '', `Bearer ${token}`);
  const peer = request.socket.remoteAddress ?? '';
  return LOOPBACK.test(peer) && FORWARDED.every((name) => request.headers[name] === undefined);
}

function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
