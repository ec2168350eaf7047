// Downloads: the file as it came, never shown by a browser as a page of ours, and the text it was read as. Plain routes, because
// the answers are bytes and not JSON.
import { type EndpointMeta, problem } from '@insula/contract';
import { documentFiles, documentProblem } from '@insula/contract/documents';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../../../platform/actor.ts';
import {
  type Call,
  type Gate,
  type MountedRoute,
  openCall,
  urlsOf,
} from '../../../platform/http/mount-contract.ts';
import { requireDocument } from '../documents/require-document.ts';
import type { VersionRow } from '../documents/store.ts';
import { findVersion } from '../documents/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { nameOriginal, nameText } from './name-blob.ts';

type Kind = 'original' | 'text';
type Route = { name: string; url: string; meta: EndpointMeta; kind: Kind };
type Options = { gate: Gate; deps: KnowledgeDeps };

const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Mounts both downloads under all prefixes; returns what was mounted, for the sweeps. */
export function registerDocumentFiles(app: FastifyInstance, options: Options): MountedRoute[] {
  return (['original', 'text'] as const).flatMap((kind) => {
    const { route, meta } = documentFiles[kind]['~orpc'];
    const said = meta as EndpointMeta;
    return urlsOf(route.path ?? '', said).map((url) => {
      const mounted = { name: `documentFiles.${kind}`, url, meta: said, kind };
      addDownload(app, mounted, options);
      return { name: mounted.name, method: 'GET', url, meta: said };
    });
  });
}

function addDownload(app: FastifyInstance, route: Route, { gate, deps }: Options): void {
  const calls = new WeakMap<FastifyRequest, Call>();
  app.route({
    method: 'GET',
    url: route.url,
    exposeHeadRoute: false,
    onRequest: async (request) => {
      const named = request.params as { workspace_id: string; document_id: string };
      calls.set(request, await openCall(request, route, gate));
      if (!id.test(named.workspace_id) || !id.test(named.document_id))
        throw problem('invalid_request', { detail: 'the ids in the address are not valid.' });
    },
    handler: async (request, reply) => {
      const [unknown] = Object.keys(request.query as object);
      if (unknown !== undefined)
        throw problem('invalid_request', { detail: `${unknown.slice(0, 100)}: There is no such field.` });
      const { workspace_id, document_id } = request.params as { workspace_id: string; document_id: string };
      const path = {
        workspace_id: workspace_id.toLowerCase(),
        document_id: document_id.toLowerCase(),
      };
      const at = { actor: calls.get(request)!.actor, path, kind: route.kind };
      return sendFile(deps, reply, at);
    },
  });
}

type Wanted = { actor: Actor; path: { workspace_id: string; document_id: string }; kind: Kind };

async function sendFile(deps: KnowledgeDeps, reply: FastifyReply, wanted: Wanted): Promise<FastifyReply> {
  const { actor, kind } = wanted;
  const row = await findFile(deps, wanted);
  const name = kind === 'original' ? nameOriginal(row.blob_id) : nameText(row.blob_id, row.version);
  const content = await deps.blobs.for(actor.organization_id).open(name);
  const fileName = kind === 'original' ? row.file_name : `${row.file_name}.md`;
  return reply
    .type(kind === 'original' ? 'application/octet-stream' : 'text/markdown; charset=utf-8')
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeRfc5987(fileName)}`)
    .header('content-security-policy', "default-src 'none'; sandbox")
    .send(content);
}

/** The version that searchers see, or the newest one before any was ready. */
async function findFile(deps: KnowledgeDeps, { actor, path, kind }: Wanted) {
  const row = await deps.db.as(actor, async (tx): Promise<VersionRow> => {
    const { row } = await requireDocument(tx, actor, path);
    if (row.version === null || row.version === row.latest_version) return row.latest;
    const at = { organizationId: actor.organization_id, documentId: row.id, version: row.version };
    return (await findVersion(tx, at)) ?? row.latest;
  });
  if (kind === 'text' && row.format === null)
    throw documentProblem('document_not_read', { status: row.status });
  if (row.blob_id === null) throw documentProblem('document_file_gone');
  return { ...row, blob_id: row.blob_id };
}

/** RFC 5987: letters and digits as they are, everything else in percent. */
function encodeRfc5987(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
