// Amazon Bedrock's runtime: `Converse`, `ConverseStream` as binary event stream, `InvokeModel` for Titan's embeddings, and
// the lists of models. The signature of each request is checked as AWS would. From AWS's API reference and what
// @ai-sdk/amazon-bedrock parses; frames are encoded by @smithy/eventstream-codec.
import { createHash, createHmac } from 'node:crypto';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { argumentsOf, type Script, type ScriptedWire, type WireRequest } from './wire.ts';

const REGION = 'eu-central-1';
const KEY_ID = 'AKIDFAKE0123456789AB';
const SECRET = 'fake/secret+access/key0123456789';
const TOKEN = 'fake-session-token';
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString(),
  (text) => Buffer.from(text),
);

function frame(kind: 'event' | 'exception', type: string, payload: object): Buffer {
  const header = (value: string) => ({ type: 'string' as const, value });
  return Buffer.from(
    codec.encode({
      headers: {
        [`:${kind}-type`]: header(type),
        ':content-type': header('application/json'),
        ':message-type': header(kind),
      },
      body: Buffer.from(JSON.stringify(payload)),
    }),
  );
}

function usageOf({ usage }: Script) {
  const output = usage.output + usage.reasoning;
  return {
    inputTokens: usage.input,
    cacheReadInputTokens: usage.cached,
    cacheWriteInputTokens: usage.written,
    outputTokens: output,
    totalTokens: usage.input + usage.cached + usage.written + output,
  };
}
const stopOf = ({ calls = [] }: Script) => (calls.length > 0 ? 'tool_use' : 'end_turn');

function whole(script: Script) {
  const { thoughts, textPieces, calls = [] } = script;
  const content = [
    ...(thoughts ? [{ reasoningContent: { reasoningText: { text: thoughts, signature: 'c2ln' } } }] : []),
    ...(textPieces.length > 0 ? [{ text: textPieces.join('') }] : []),
    ...calls.map((call) => ({
      toolUse: { toolUseId: call.id, name: call.name, input: JSON.parse(argumentsOf(call)) },
    })),
  ];
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: stopOf(script),
    usage: usageOf(script),
    metrics: { latencyMs: 5 },
  };
}

function stream(script: Script): Buffer[] {
  const { thoughts, textPieces, calls = [] } = script;
  // `p` is padding that AWS puts into each event, against guessing texts from their lengths.
  const event = (type: string, payload: object) => frame('event', type, { ...payload, p: 'abcdefgh' });
  const block = (contentBlockIndex: number, start: object | undefined, deltas: object[]) => [
    ...(start ? [event('contentBlockStart', { start, contentBlockIndex })] : []),
    ...deltas.map((delta) => event('contentBlockDelta', { delta, contentBlockIndex })),
    event('contentBlockStop', { contentBlockIndex }),
  ];
  const before = thoughts ? 1 : 0;
  return [
    event('messageStart', { role: 'assistant' }),
    ...(thoughts ? block(0, undefined, [{ reasoningContent: { text: thoughts } }]) : []),
    ...(textPieces.length > 0
      ? block(
          before,
          undefined,
          textPieces.map((text) => ({ text })),
        )
      : []),
    ...calls.flatMap((call, i) =>
      block(
        before + 1 + i,
        { toolUse: { toolUseId: call.id, name: call.name } },
        call.argumentPieces.map((input) => ({ toolUse: { input } })),
      ),
    ),
    event('messageStop', { stopReason: stopOf(script) }),
    event('metadata', { usage: usageOf(script), metrics: { latencyMs: 5 } }),
  ];
}

const ERRORS: Record<number, string> = {
  400: 'ValidationException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  503: 'ServiceUnavailableException',
};

const MODEL = /^\/model\/[^/]+\/(converse|converse-stream|invoke)$/;
const ROUTES = { converse: 'whole', 'converse-stream': 'stream', invoke: 'embeddings' } as const;

const common: Omit<ScriptedWire, 'name' | 'fields' | 'isAccepted'> = {
  provider: 'bedrock',
  basePath: '',
  reports: { cached: true, written: true, reasoning: false },
  readRoute: ({ method, path }) => {
    if (method === 'GET') return path === '/foundation-models' ? 'models' : undefined;
    const action = MODEL.exec(path)?.[1] as keyof typeof ROUTES | undefined;
    return action && ROUTES[action];
  },
  whole,
  stream,
  streamType: 'application/vnd.amazon.eventstream',
  error: (status, message) => ({
    json: { message },
    headers: { 'x-amzn-errortype': `${ERRORS[status] ?? 'InternalServerException'}:http://internal/` },
  }),
  refusal: {
    status: 403,
    json: { message: 'The security token included in the request is invalid.' },
    headers: { 'x-amzn-errortype': 'UnrecognizedClientException' },
  },
  errorEvent: {
    bytes: frame('exception', 'throttlingException', { message: 'Too many tokens, slow down.' }),
    status: 429,
  },
  models: {
    modelSummaries: [
      { modelId: 'amazon.fake-v1:0', outputModalities: ['TEXT'], inferenceTypesSupported: ['ON_DEMAND'] },
      { modelId: 'amazon.picture-v1:0', outputModalities: ['IMAGE'], inferenceTypesSupported: ['ON_DEMAND'] },
    ],
  },
  embeddings: {
    textsIn: (body) => [body.inputText as string],
    dimensionsIn: (body) => body.dimensions,
    answer: (vectors, tokens) => ({ embedding: vectors[0], inputTextTokenCount: tokens }),
    reportsUsage: true,
  },
};

/** Bedrock with access keys, which sign each request. */
export const bedrockWire: ScriptedWire = {
  ...common,
  name: 'Amazon Bedrock with access keys',
  fields: { region: REGION, access_key_id: KEY_ID, secret_access_key: SECRET, session_token: TOKEN },
  isAccepted: (request) => isSigned(request),
};

/** Bedrock with an API key. */
export const bedrockKeyWire: ScriptedWire = {
  ...common,
  name: 'Amazon Bedrock with an API key',
  fields: { region: REGION, api_key: 'bedrock-api-key-fake0123456789' },
  isAccepted: ({ headers }) => headers.authorization === 'Bearer bedrock-api-key-fake0123456789',
};

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Signature Version 4 over what really came: method, path, query, the headers that were signed, and the body. */
function isSigned({ method, path, headers, text }: WireRequest): boolean {
  const told =
    /Credential=([^/]+)\/(\d{8})\/([^/]+)\/bedrock\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)/.exec(
      headers.authorization ?? '',
    );
  if (!told || headers['x-amz-security-token'] !== TOKEN) return false;
  const [, keyId, day, region, signedNames, signature] = told as unknown as string[];
  const [pathname = '', query = ''] = path.split('?');
  const encoded = pathname
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/');
  const canonical = [
    method,
    encoded,
    query,
    ...signedNames!.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signedNames,
    String(headers['x-amz-content-sha256'] ?? sha256(text)),
  ].join('\n');
  const key = [region!, 'bedrock', 'aws4_request'].reduce<Buffer>(
    (made, part) => hmac(made, part),
    hmac(`AWS4${SECRET}`, day!),
  );
  const scope = `${day}/${region}/bedrock/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  return keyId === KEY_ID && region === REGION && hmac(key, toSign).toString('hex') === signature;
}
