// A provider at a public address, over TLS: it answers as OpenAI does, or redirects to wherever its path says. A second
// origin beside it remembers who came, because a credential of the first must never arrive there.
import { createServer } from 'node:https';
import { chatCompletion, embeddingList } from '../../apps/server/test/fakes/openai-wire.ts';

export const PUBLIC = '93.184.216.34';
export const OTHER = '93.184.216.35';
export const PUBLIC_ORIGIN = 'https://public.cases.example';
export const OTHER_ORIGIN = 'https://other.cases.example';

export type Visit = { address: string; path: string; text: string };

/** The base URL whose every address redirects. */
export const redirecting = (status: number, target: string): string =>
  `${PUBLIC_ORIGIN}/to/${status}/${Buffer.from(target).toString('base64url')}/v1`;

/** Listens on port 443 of both addresses. */
export async function startPublicProvider(tls: { key: string; cert: string }) {
  const visits: Visit[] = [];
  const servers = [PUBLIC, OTHER].map((address) => {
    const server = createServer(tls, async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const body = Buffer.concat(parts).toString();
      const path = request.url ?? '';
      visits.push({ address, path, text: `${path} ${JSON.stringify(request.headers)} ${body}` });
      const [, status, target] = /^\/to\/(\d+)\/([\w-]+)/.exec(path) ?? [];
      if (target)
        return void response
          .writeHead(Number(status), { location: Buffer.from(target, 'base64url').toString() })
          .end();
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(answerTo(path, body)));
    });
    return { address, server };
  });
  for (const { address, server } of servers)
    await new Promise<void>((resolve) => server.listen(443, address, resolve));
  return {
    visits,
    stop: () => {
      for (const { server } of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

function answerTo(path: string, body: string): unknown {
  if (path.includes('/models')) return { object: 'list', data: [{ id: 'm', object: 'model' }] };
  const asked = JSON.parse(body || '{}') as Record<string, unknown>;
  return path.includes('/embeddings') ? embeddingList(asked, {}) : chatCompletion(asked, {});
}
