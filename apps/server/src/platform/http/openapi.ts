// The parts of the OpenAPI document that are the same for every endpoint: who may call, how errors look, which headers.
import { type EndpointMeta, edgeProblems } from '@insula/contract';
import type { OpenAPI } from '@orpc/contract';
import { VERSION } from './add-health.ts';

const introduction = `The management API of Insula, and its model gateway in the formats of OpenAI and Anthropic.

**Credentials.** Send \`Authorization: Bearer …\` with an API key or with the access token of a session.

**Addresses.** Everything under \`/v1\` answers under \`/api/v1\` too, and \`PUT\` does what \`PATCH\` does. OpenAI's SDKs work
with \`/v1\` as their base URL, Anthropic's with the server's own address.

**Lists** answer \`{ data, next_cursor }\`: pass \`next_cursor\` as \`cursor\` to read on, until it is null.

**Errors** are \`application/problem+json\`: \`code\` for programs, \`detail\` for people, \`requestId\` for support.

**Idempotency.** A \`POST\` with an \`Idempotency-Key\` takes effect once, however often it is sent.`;

/** Title, words and servers of the document. */
export const openapiAbout = {
  info: { title: 'Insula', version: VERSION, description: introduction },
  servers: [{ url: '/', description: 'This server' }],
  security: [{ apiKey: [] }, { accessToken: [] }],
};

const answers = {
  400: { name: 'InvalidRequest', problem: 'invalid_request', words: 'The request is not valid.' },
  401: { name: 'Unauthenticated', problem: 'unauthenticated', words: 'There is no valid credential.' },
  403: { name: 'Forbidden', problem: 'forbidden', words: 'The credential may not do this.' },
  404: { name: 'NotFound', problem: 'not_found', words: 'It does not exist, or is not yours to see.' },
  409: { name: 'Conflict', problem: 'conflict', words: 'It does not go together with what is there.' },
  422: { name: 'Unprocessable', problem: 'idempotency_key_reused', words: 'Understood, and refused.' },
  429: { name: 'RateLimited', problem: 'rate_limited', words: 'Too many requests; see Retry-After.' },
  default: { name: 'Failure', problem: 'internal', words: 'Any other problem; 500 is a fault of ours.' },
} as const;
const onlyForWrites = new Set(['409', '422']);

/** How the names of answers begin that are said in the words of a protocol. */
const shapes = { openai: 'OpenAi', anthropic: 'Anthropic', text: '' } as const;

/** References to the answers for errors, in problem+json or in the shape of the endpoint's protocol. */
export function openapiErrors(endpoint: {
  method: string;
  protocol: EndpointMeta['protocol'];
}): OpenAPI.ResponsesObject {
  const shape = shapes[endpoint.protocol ?? 'text'];
  return Object.fromEntries(
    Object.entries(answers)
      .filter(([status]) => endpoint.method !== 'get' || !onlyForWrites.has(status))
      .map(([status, { name }]) => [status, { $ref: `#/components/responses/${shape}${name}` }]),
  );
}

/** References to the headers that an endpoint looks at. */
export function openapiHeaders(endpoint: { method: string; meta: EndpointMeta }): OpenAPI.ReferenceObject[] {
  const { method, meta } = endpoint;
  if (method !== 'post' || meta.public || meta.protocol) return [];
  return [{ $ref: '#/components/parameters/IdempotencyKey' }];
}

const text = { type: 'string' } as const;
const problemSchema: OpenAPI.SchemaObject = {
  type: 'object',
  required: ['code', 'status', 'detail', 'requestId'],
  properties: {
    code: { ...text, description: 'What went wrong, for programs.' },
    status: { type: 'integer' },
    detail: { ...text, description: 'What went wrong and what to do about it, for people.' },
    data: { type: 'object', description: 'Facts that belong to the problem.', additionalProperties: true },
    requestId: { ...text, description: 'Also in the header X-Request-Id; quote it when you ask for help.' },
  },
};
const openAiErrorSchema: OpenAPI.SchemaObject = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type'],
      properties: {
        message: text,
        type: text,
        code: { type: ['string', 'null'] },
        param: { type: ['string', 'null'] },
      },
    },
  },
};

function problemAnswer(status: string, said: (typeof answers)[keyof typeof answers]): OpenAPI.ResponseObject {
  const { status: number, message } = edgeProblems[said.problem];
  return {
    description: said.words,
    ...(status === '429'
      ? { headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } } }
      : {}),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        example: {
          code: said.problem,
          status: number,
          detail: message,
          requestId: '01890a5d-ac96-774b-bcce-b302099a8057',
        },
      },
    },
  };
}

const anthropicErrorSchema: OpenAPI.SchemaObject = {
  type: 'object',
  required: ['type', 'error'],
  properties: {
    type: { const: 'error' },
    error: { type: 'object', required: ['type', 'message'], properties: { type: text, message: text } },
  },
};

function foreignAnswer(shape: 'OpenAi' | 'Anthropic', words: string): OpenAPI.ResponseObject {
  return {
    description: words,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${shape}Error` } } },
  };
}

/** Components that endpoints refer to; what endpoints answer is added to the schemas. */
export const openapiComponents = {
  securitySchemes: {
    apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: `insula_live_…`.' },
    accessToken: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'The access token that `POST /v1/auth/login` answers.',
    },
  },
  parameters: {
    IdempotencyKey: {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'Any text of your own. The same key and request again answer what the first answered.',
      schema: { ...text, minLength: 1, maxLength: 255 },
    },
  },
  responses: Object.fromEntries(
    Object.entries(answers).flatMap(([status, said]) => [
      [said.name, problemAnswer(status, said)],
      [`OpenAi${said.name}`, foreignAnswer('OpenAi', said.words)],
      [`Anthropic${said.name}`, foreignAnswer('Anthropic', said.words)],
    ]),
  ),
  schemas: { Problem: problemSchema, OpenAiError: openAiErrorSchema, AnthropicError: anthropicErrorSchema },
} satisfies OpenAPI.ComponentsObject;
