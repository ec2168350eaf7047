// Mounts the contract on the server, one route for each endpoint, prefix and alias. Who may call is checked before a byte
// of the body is read; an endpoint that says neither a permission nor `public` does not boot.
import multipart from '@fastify/multipart';
import { type Contract, contract, type EndpointMeta, type Permission, problem } from '@insula/contract';
import type {
  AnyContractRouter,
  ContractProcedure,
  InferSchemaInput,
  InferSchemaOutput,
} from '@orpc/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { z } from 'zod';
import { type Actor, actorMay } from '../actor.ts';
import type { Idempotency } from './create-idempotency.ts';
import { isForm, readForm, type StagedFile, type Uploads } from './read-form.ts';
import { readJson, refuseBrokenText } from './read-json.ts';
import { isStreamed } from './streamed.ts';
import { walkContract } from './walk-contract.ts';

/** What a route knows of its request beside the input. */
export type Call = {
  actor: Actor;
  tenant: string | undefined;
  userAgent: string | undefined;
  /** What came as a form, on endpoints that take one. */
  file?: StagedFile;
};

// biome-ignore lint/suspicious/noExplicitAny: any input, output, errors: a pattern that inference fills.
type Endpoint<I extends z.ZodType, O extends z.ZodType> = ContractProcedure<I, O, any, any>;

/** The shape of a module's routes, inferred from the contract: `(call, input) → output` for each endpoint. */
export type RoutesOf<C> =
  C extends Endpoint<infer I, infer O>
    ? (call: Call, input: InferSchemaOutput<I>) => Promise<InferSchemaInput<O>>
    : { [K in keyof C]: RoutesOf<C[K]> };
/** Foreign protocols and downloads have routes of their own. */
export type Routes = RoutesOf<
  Omit<Contract, 'openaiSurface' | 'anthropicSurface' | 'trailExports' | 'documentFiles' | 'jobResults'>
>;

export type Gate = {
  /** Who presents this credential; throws `unauthenticated`. */
  authenticate(request: FastifyRequest): Promise<Actor>;
  /** Compares the organization named by path or header with the actor's; an operator becomes a visitor there. */
  enter(actor: Actor, named: string | undefined, endpoint: string): Promise<Actor>;
  /** Counts the request against the limits of the actor; throws `rate_limited`. */
  admit(actor: Actor): Promise<void> | void;
  idempotency: Idempotency;
  /** Where files go that are uploaded. */
  uploads: Uploads;
};

export type MountedRoute = { name: string; method: string; url: string; meta: EndpointMeta };

const PREFIXES = ['/v1', '/api/v1'];
const ALIASES = [['organizations', 'tenants']] as const;

/** Mounts every endpoint that is not a foreign protocol's; returns the table that the sweeps walk. */
export function mountContract(app: FastifyInstance, routes: Routes, gate: Gate): MountedRoute[] {
  const table: MountedRoute[] = [];
  const withFiles: (Mounted & { url: string })[] = [];
  for (const { name, path, endpoint } of walkContract(contract as unknown as AnyContractRouter)) {
    const run = runOf(routes, path);
    const { route, meta, inputSchema, outputSchema } = endpoint['~orpc'];
    const said = meta as EndpointMeta;
    if (said.protocol) continue;
    if ([said.permission, said.signedIn, said.public].filter(Boolean).length !== 1) {
      throw new Error(`${name} must say exactly one of permission, signedIn and public.`);
    }
    if (!run) throw new Error(`${name} is in the contract and has no route.`);
    if (!route.method || !route.path) throw new Error(`${name} has no method or path.`);
    const mounted = {
      name,
      meta: said,
      method: route.method,
      status: route.successStatus ?? 200,
      input: inputSchema as z.ZodType,
      output: outputSchema as z.ZodType,
      run,
    };
    for (const url of urlsOf(route.path, said)) {
      for (const method of route.method === 'PATCH' ? ['PATCH', 'PUT'] : [route.method]) {
        table.push({ name, method, url, meta: said });
        if (said.file) withFiles.push({ ...mounted, method, url });
        else addRoute(app, { ...mounted, method, url }, gate);
      }
    }
  }
  addRoutesWithFiles(app, withFiles, gate);
  return table;
}

type Run = (call: Call, input: unknown) => Promise<unknown>;
type Mounted = {
  name: string;
  method: string;
  url: string;
  status: number;
  meta: EndpointMeta;
  input: z.ZodType;
  output: z.ZodType;
  run: Run;
};

function runOf(routes: Routes, path: string[]): Run | undefined {
  let at: unknown = routes;
  for (const key of path) at = (at as Record<string, unknown> | undefined)?.[key];
  return at as Run | undefined;
}

/** The addresses of an endpoint: both prefixes, its further paths, and the other word for an organization. */
export function urlsOf(path: string, meta: EndpointMeta): string[] {
  const own = [path, ...(meta.also ?? [])];
  const aliased = own.flatMap((p) =>
    ALIASES.filter(([from]) => p.split('/')[1] === from).map(([from, to]) => p.replace(`/${from}`, `/${to}`)),
  );
  const prefixes = meta.root ? [''] : PREFIXES;
  return prefixes.flatMap((prefix) =>
    [...own, ...aliased].map((p) => prefix + p.replace(/\{(\w+)\}/g, ':$1')),
  );
}

/** In a scope of their own: no other endpoint takes forms, or pays for reading them. */
function addRoutesWithFiles(app: FastifyInstance, routes: Mounted[], gate: Gate): void {
  app.register((scope, _options, done) => {
    scope.register(multipart).after(() => {
      for (const route of routes) addRoute(scope as unknown as FastifyInstance, route, gate);
    });
    done();
  });
}

function addRoute(app: FastifyInstance, mounted: Mounted, gate: Gate): void {
  const calls = new WeakMap<FastifyRequest, Call>();
  app.route({
    method: mounted.method as HTTPMethods,
    url: mounted.url,
    ...(mounted.meta.bodyLimit ? { bodyLimit: mounted.meta.bodyLimit } : {}),
    onRequest: async (request) => {
      calls.set(request, await openCall(request, mounted, gate));
    },
    handler: async (request, reply) => answer(request, reply, { mounted, gate, call: calls.get(request)! }),
  });
}

/** Authenticates, admits and checks the permission of an endpoint, before a byte of the body is read. */
export async function openCall(
  request: FastifyRequest,
  mounted: Pick<Mounted, 'name' | 'meta'>,
  gate: Gate,
): Promise<Call> {
  const tenant = headerOf(request, 'x-tenant-id');
  const call = { tenant, userAgent: headerOf(request, 'user-agent')?.slice(0, 300) };
  if (mounted.meta.public) return { ...call, actor: anonymous(request) };
  const params = request.params as Record<string, string>;
  const known = await gate.authenticate(request);
  await gate.admit(known);
  const named = mounted.meta.permission?.startsWith('platform:')
    ? undefined
    : (params.organization_id ?? tenant);
  const actor = { ...(await gate.enter(known, named, mounted.name)), request_id: request.id, ip: request.ip };
  if (mounted.meta.permission)
    requirePermission(actor, mounted.meta.permission, params.workspace_id?.toLowerCase());
  return { ...call, actor };
}

/** Throws unless the actor has the permission; a workspace outside the actor's sight does not exist for it. */
function requirePermission(actor: Actor, permission: Permission, workspaceId: string | undefined): void {
  if (workspaceId !== undefined && actor.workspaces !== '*' && !actor.workspaces.includes(workspaceId))
    throw problem('not_found');
  if (!actorMay(actor, permission, workspaceId)) throw problem('forbidden', { permission });
}

function anonymous(request: FastifyRequest): Actor {
  return {
    kind: 'anonymous',
    id: null,
    name: 'anonymous',
    organization_id: '00000000-0000-0000-0000-000000000000',
    workspaces: [],
    permissions: new Set(),
    request_id: request.id,
    ip: request.ip,
  };
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  at: { mounted: Mounted; gate: Gate; call: Call },
): Promise<FastifyReply> {
  const { mounted, gate } = at;
  const form =
    mounted.meta.file && isForm(request)
      ? await readForm(request, reply, { uploads: gate.uploads, actor: at.call.actor, input: mounted.input })
      : undefined;
  const call = form ? { ...at.call, file: form.file } : at.call;
  const input = readInput(request, mounted, form?.fields);
  if (mounted.meta.streams && (input as { stream?: boolean }).stream !== false) {
    const result = await mounted.run(call, input);
    if (isStreamed(result)) return result.write(request, reply);
    return reply.code(mounted.status).send(mounted.output.parse(result));
  }
  const work = async () => mounted.output.parse(await mounted.run(call, input));
  const key = headerOf(request, 'idempotency-key');
  if (key !== undefined && mounted.method === 'POST' && !mounted.meta.public) {
    const place = mounted.meta.permission?.startsWith('platform:')
      ? '00000000-0000-0000-0000-000000000000'
      : call.actor.organization_id;
    const kept = await gate.idempotency.once(
      { actor: call.actor, key, place, request: askedOf(mounted, input, call), status: mounted.status },
      work,
    );
    if (kept.replayed) reply.header('idempotency-replayed', 'true');
    return reply.code(kept.status).send(kept.body);
  }
  return reply.code(mounted.status).send(await work());
}

/** What makes two requests the same one: a file counts by its bytes. */
function askedOf({ name: endpoint }: Mounted, input: unknown, { file }: Call) {
  return { endpoint, input, ...(file ? { file: file.hash.toString('hex') } : {}) };
}

function readInput(request: FastifyRequest, mounted: Mounted, form?: Record<string, unknown>): unknown {
  const params = request.params as Record<string, string>;
  const query = request.query as Record<string, unknown>;
  const bodyless = mounted.method === 'GET';
  if (!bodyless && Object.keys(query).length > 0)
    throw problem('invalid_request', {
      detail: `${Object.keys(query)[0]!.slice(0, 100)}: send it in the body, not in the address.`,
    });
  const given = form ?? (bodyless ? query : readBody(request));
  for (const name of Object.keys(params)) {
    if (name in given)
      throw problem('invalid_request', { detail: `${name}: it is given by the path already.` });
  }
  const input = { ...given, ...params };
  refuseBrokenText(input);
  const read = mounted.input.safeParse(input);
  if (!read.success) throw invalidInput(read.error);
  return read.data;
}

function readBody(request: FastifyRequest): Record<string, unknown> {
  const body = request.body as Buffer | undefined | null;
  if (!body || body.length === 0) return {};
  const value = readJson(body.toString('utf8'));
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw problem('invalid_request', { detail: 'send a JSON object.' });
  return value as Record<string, unknown>;
}

function invalidInput(error: z.ZodError) {
  const issues = error.issues.slice(0, 20).flatMap((issue) => {
    const path = issue.path.map(String).join('.');
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    return issue.keys
      .slice(0, 20)
      .map((key) => ({ path: path ? `${path}.${key}` : key, message: 'There is no such field.' }));
  });
  return problem('invalid_request', {
    detail: issues.map((i) => (i.path ? `${i.path}: ${i.message}` : i.message)).join(' '),
    issues,
  });
}
