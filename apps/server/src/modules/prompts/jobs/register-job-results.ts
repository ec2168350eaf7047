// The address at which the rows of a job are downloaded: a plain route, because the answer is a stream of lines.
import { Readable } from 'node:stream';
import type { EndpointMeta } from '@insula/contract';
import { problem } from '@insula/contract';
import { jobProblem, jobResults } from '@insula/contract/jobs';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../../platform/actor.ts';
import {
  type Call,
  type Gate,
  type MountedRoute,
  openCall,
  urlsOf,
} from '../../../platform/http/mount-contract.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import type { Template } from '../templates/read-template.ts';
import { presentRow } from './list-jobs.ts';
import { type At, findJob, listRows } from './store.ts';
import { type Format, writeHead, writeLine } from './write-line.ts';

const ROWS_AT_ONCE = 500;
const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const types = { jsonl: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' };

/** Mounts the download; returns what was mounted, for the sweeps. */
export function registerJobResults(app: FastifyInstance, deps: PromptsDeps & { gate: Gate }): MountedRoute[] {
  const { route, meta } = jobResults.download['~orpc'];
  const said = meta as EndpointMeta;
  const name = 'jobResults.download';
  return urlsOf(route.path ?? '', said).map((url) => {
    addDownload(app, { name, url, meta: said }, deps);
    return { name, method: 'GET', url, meta: said };
  });
}

function addDownload(
  app: FastifyInstance,
  route: { name: string; url: string; meta: EndpointMeta },
  deps: PromptsDeps & { gate: Gate },
): void {
  const calls = new WeakMap<FastifyRequest, Call>();
  app.route({
    method: 'GET',
    url: route.url,
    exposeHeadRoute: false,
    onRequest: async (request) => {
      const params = request.params as Record<string, string>;
      if (!Object.values(params).every((one) => id.test(one))) throw problem('not_found');
      calls.set(request, await openCall(request, route, deps.gate));
    },
    handler: async (request, reply) => {
      const { actor } = calls.get(request)!;
      const params = request.params as { workspace_id: string; job_id: string };
      const format = readFormat(request.query as Record<string, unknown>);
      const at = {
        organizationId: actor.organization_id,
        workspaceId: params.workspace_id.toLowerCase(),
        jobId: params.job_id.toLowerCase(),
      };
      const lines = await openResults(deps, actor, { at, format });
      return reply
        .type(types[format])
        .header('content-disposition', `attachment; filename="job-${at.jobId}.${format}"`)
        .send(Readable.from(lines));
    },
  });
}

function readFormat(query: Record<string, unknown>): Format {
  const { format = 'jsonl', ...others } = query;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw problem('invalid_request', { detail: `${unknown.slice(0, 100)}: There is no such field.` });
  if (format !== 'jsonl' && format !== 'csv')
    throw problem('invalid_request', { detail: 'format: "jsonl" or "csv".' });
  return format;
}

type Wanted = { at: At; format: Format };

/** Opens the lines of a job's rows; throws `job_not_found`. Each page is read in a transaction of its own. */
async function openResults(
  deps: PromptsDeps,
  actor: Actor,
  { at, format }: Wanted,
): Promise<AsyncGenerator<string>> {
  const job = await deps.db.as(actor, (tx) => findJob(tx, at));
  if (!job) throw jobProblem('job_not_found');
  const names = (job.template as Template).variables.map(({ name }) => name);
  return (async function* lines() {
    yield writeHead(format, names);
    for (let after = 0; ; ) {
      const rows = await deps.db.as(actor, (tx) => listRows(tx, at, { limit: ROWS_AT_ONCE, after }));
      for (const row of rows.slice(0, ROWS_AT_ONCE)) yield writeLine(format, presentRow(row), names);
      if (rows.length <= ROWS_AT_ONCE) return;
      after = rows[ROWS_AT_ONCE - 1]!.number;
    }
  })();
}
