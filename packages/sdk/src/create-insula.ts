// The client: one function for each endpoint of the contract, with its types. Works in Node and in browsers.
import { contract, type EndpointMeta } from '@insula/contract';
import type {
  AnyContractProcedure,
  AnySchema,
  ContractProcedure,
  ErrorMap,
  InferSchemaInput,
  InferSchemaOutput,
  Meta,
} from '@orpc/contract';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { createSender, type Send } from './create-sender.ts';
import { createMemoryStore, createSession, type SessionStore, type SignedIn } from './create-session.ts';
import { foreignNouns, type OwnContract, prefixOf } from './list-endpoints.ts';

export type InsulaOptions = {
  /** Where the server is, such as `https://insula.example.com`. */
  url: string;
  apiKey?: string | undefined;
  /** An access token that you renew yourself; `signIn` does it for you. */
  accessToken?: string | undefined;
  /** Where the session of `signIn` is kept; in memory by default. */
  session?: SessionStore | undefined;
  /** Sent with every request, such as `X-Workspace-ID`. */
  headers?: Record<string, string> | undefined;
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** Repeats of calls that are safe to repeat, when the server is busy (429, 503). Default 2. */
  retries?: number | undefined;
  /** The longest that repeats may wait in all, in milliseconds. Default 30,000. */
  longestWaitMs?: number | undefined;
};

export type CallOptions = {
  signal?: AbortSignal | undefined;
  /** For POST: the same key and input again answer what the first answered, and take effect once. */
  idempotencyKey?: string | undefined;
};

/** A call of an endpoint; the input may be left out where everything in it may. */
export type Call<Input, Output> =
  Record<never, never> extends Input
    ? (input?: Input, options?: CallOptions) => Promise<Output>
    : (input: Input, options?: CallOptions) => Promise<Output>;

/** The calls of a contract, by noun and verb. */
export type CallsOf<C> =
  C extends ContractProcedure<infer I extends AnySchema, infer O extends AnySchema, ErrorMap, Meta>
    ? Call<InferSchemaInput<I>, InferSchemaOutput<O>>
    : { [Key in keyof C]: CallsOf<C[Key]> };

export type Insula = CallsOf<OwnContract> & {
  /** Signs a person in; the session renews itself until `signOut`. `organization` is a slug or id. */
  signIn(email: string, password: string, options?: { organization?: string | undefined }): Promise<SignedIn>;
  /** Moves the session to another organization of the same account. */
  switchOrganization(organizationId: string): Promise<SignedIn>;
  signOut(): Promise<void>;
  /** Sends any request to the server with the credential, such as `/v1/chat/completions`; throws an InsulaError. */
  request(path: string, init?: RequestInit): Promise<Response>;
};

type Context = { idempotencyKey?: string };

/** Makes a client of one server. Every call rejects with an InsulaError when it does not succeed. */
export function createInsula(options: InsulaOptions): Insula {
  const url = options.url.replace(/\/+$/, '');
  const { send, session } = connect(url, options);
  const request = (path: string, init: RequestInit = {}, anonymous = false) => {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(options.headers ?? {}))
      if (!headers.has(name)) headers.set(name, value);
    return send(new Request(`${url}${path}`, { ...init, headers }), { anonymous });
  };
  const post = async (path: string, body: object, anonymous = false): Promise<SignedIn> => {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    return (await request(path, init, anonymous)).json() as Promise<SignedIn>;
  };
  const keep = async (signed: SignedIn) => {
    await session.keep(signed);
    return signed;
  };
  return {
    ...(callsOf(createLink(url, { send, headers: options.headers })) as CallsOf<OwnContract>),
    signIn: async (email, password, { organization } = {}) =>
      keep(
        await post('/v1/auth/login', { email, password, ...(organization ? { organization } : {}) }, true),
      ),
    switchOrganization: async (organizationId) =>
      keep(await post('/v1/auth/switch', { organization_id: organizationId })),
    signOut: async () => {
      await post('/v1/auth/logout', {}).finally(() => session.end());
    },
    request: (path, init) => request(path, init),
  };
}

function connect(url: string, options: InsulaOptions) {
  const fetched = options.fetch ?? ((request: Request) => fetch(request));
  const limits = { retries: options.retries ?? 2, longestWaitMs: options.longestWaitMs ?? 30_000 };
  const given = options.accessToken ?? options.apiKey;
  const session = createSession({
    store: options.session ?? createMemoryStore(),
    now: Date.now,
    refresh: async (refresh_token) => {
      const body = JSON.stringify({ refresh_token });
      const headers = { ...options.headers, 'content-type': 'application/json' };
      const request = new Request(`${url}/v1/auth/refresh`, { method: 'POST', headers, body });
      return (await send(request, { anonymous: true })).json() as Promise<SignedIn>;
    },
  });
  const token = async (refused?: string) => given ?? session.token(refused);
  const send = createSender({ fetch: fetched, token, ...limits });
  return { send, session };
}

function createLink(url: string, { send, headers }: { send: Send; headers: InsulaOptions['headers'] }) {
  return new OpenAPILink<Context>(contract, {
    url: (_options, path) => `${url}${prefixOf(metaOf(path))}`,
    headers: ({ context }) => ({
      accept: 'application/json',
      ...headers,
      ...(context.idempotencyKey === undefined ? {} : { 'idempotency-key': context.idempotencyKey }),
    }),
    fetch: (request, ...[, , path]) => send(request, { anonymous: metaOf(path).public === true }),
  });
}

function metaOf([noun = '', verb = '']: readonly string[]): EndpointMeta {
  const verbs = contract[noun as keyof typeof contract] as unknown as Record<string, AnyContractProcedure>;
  return verbs[verb]!['~orpc'].meta as EndpointMeta;
}

function callsOf(link: OpenAPILink<Context>) {
  const foreign: readonly string[] = foreignNouns;
  const nouns = Object.entries(contract).filter(([noun]) => !foreign.includes(noun));
  return Object.fromEntries(
    nouns.map(([noun, verbs]) => [
      noun,
      Object.fromEntries(Object.keys(verbs).map((verb) => [verb, callOf(link, [noun, verb])])),
    ]),
  );
}

function callOf(link: OpenAPILink<Context>, path: string[]) {
  return (input: unknown = {}, { signal, idempotencyKey }: CallOptions = {}) =>
    link.call(path, input, {
      context: idempotencyKey === undefined ? {} : { idempotencyKey },
      ...(signal ? { signal } : {}),
    });
}
