// The API described where it is served: /openapi.json for programs, /docs for people. The page and all it needs come from
// this server; a strict Content-Security-Policy keeps it from asking anybody else. Made at the first request, then kept.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { AnyContractRouter } from '@orpc/contract';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

type Kept = { type: string; text: Buffer; zipped: Buffer; etag: string };
type Maker = () => Promise<{ type: string; text: string }>;

const SCRIPT = '/docs/scalar.js';
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const settings = {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
  persistAuth: false,
  documentDownloadType: 'direct',
  modelsSectionLabel: 'Schemas',
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
};

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Insula API</title>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <div id="app"></div>
    <script src="${SCRIPT}"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/** Adds `/openapi.json` and the interactive `/docs`, both made from the contract. */
export function addDocs(http: FastifyInstance, contract: AnyContractRouter): void {
  add(http, '/openapi.json', async () => {
    const { buildOpenApi } = await import('./build-openapi.ts');
    return { type: 'application/json; charset=utf-8', text: JSON.stringify(await buildOpenApi(contract)) };
  });
  add(http, '/docs', async () => ({ type: 'text/html; charset=utf-8', text: page }));
  add(http, SCRIPT, async () => ({ type: 'text/javascript; charset=utf-8', text: await readScalar() }));
  add(http, '/docs/start.js', async () => ({
    type: 'text/javascript; charset=utf-8',
    text: `Scalar.createApiReference('#app', ${JSON.stringify(settings)});\n`,
  }));
}

function add(http: FastifyInstance, url: string, make: Maker): void {
  let kept: Promise<Kept> | undefined;
  http.get(url, async (request, reply) => {
    kept ??= keep(make);
    kept.catch(() => {
      kept = undefined;
    });
    return send(request, reply, await kept);
  });
}

async function keep(make: Maker): Promise<Kept> {
  const { type, text: said } = await make();
  const text = Buffer.from(said);
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  return { type, text, zipped: await promisify(gzip)(text), etag };
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, text, zipped, etag }: Kept,
): FastifyReply {
  reply
    .header('content-security-policy', policy)
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-cache')
    .header('vary', 'accept-encoding')
    .header('etag', etag);
  if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
  reply.type(type);
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(text);
  return reply.header('content-encoding', 'gzip').send(zipped);
}

/** The package offers its browser program only through its own plugin, so a server nobody listens to serves it once. */
async function readScalar(): Promise<string> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const aside = Fastify();
  await aside.register(scalar, { routePrefix: '/docs', configuration: { url: settings.url } });
  const answer = await aside.inject({ url: '/docs/js/scalar.js' });
  await aside.close();
  if (answer.statusCode !== 200) throw new Error(`the program of /docs is missing: ${answer.statusCode}`);
  return answer.payload;
}
