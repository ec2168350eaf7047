// Google's Gemini API, v1beta: `models/{m}:generateContent`, `:streamGenerateContent?alt=sse`, `:embedContent`,
// `:batchEmbedContents` and `GET /models`. Usage is repeated in each chunk; a wrong key is a 400 with API_KEY_INVALID. From
// Google's API reference and what @ai-sdk/google parses.
import { argumentsOf, type Script, type ScriptedWire, sse } from './wire.ts';

const STATUS: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};
const errorOf = (code: number, message: string, details: unknown[] = []) => ({
  error: { code, message, status: STATUS[code] ?? 'UNKNOWN', ...(details.length > 0 ? { details } : {}) },
});

function chunk(script: Script, parts: unknown[], finishReason?: string) {
  const { input, cached, output, reasoning } = script.usage;
  return {
    candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason ? { finishReason } : {}) }],
    usageMetadata: {
      promptTokenCount: input + cached,
      cachedContentTokenCount: cached,
      candidatesTokenCount: output,
      thoughtsTokenCount: reasoning,
      totalTokenCount: input + cached + output + reasoning,
    },
    modelVersion: 'gemini-fake',
    responseId: 'fake-response',
  };
}

const thoughtParts = ({ thoughts }: Script) => (thoughts ? [{ text: thoughts, thought: true }] : []);
const callParts = ({ calls = [] }: Script) =>
  calls.map((call) => ({
    functionCall: { id: call.id, name: call.name, args: JSON.parse(argumentsOf(call)) },
  }));

const EMBEDDING = /^\/v1beta\/models\/[^/:]+:(embedContent|batchEmbedContents)$/;

type EmbedRequest = { content: { parts: { text: string }[] }; outputDimensionality?: number };
const embedRequests = (body: Record<string, unknown>): EmbedRequest[] =>
  (body.requests as EmbedRequest[] | undefined) ?? [body as unknown as EmbedRequest];

export const googleWire: ScriptedWire = {
  provider: 'google',
  name: 'Google Gemini',
  fields: { api_key: 'AIzaFakeKey0123456789' },
  basePath: '/v1beta',
  reports: { cached: true, written: false, reasoning: true },
  isAccepted: ({ headers }) => headers['x-goog-api-key'] === 'AIzaFakeKey0123456789',
  readRoute: ({ method, path }) => {
    if (method === 'GET') return path.startsWith('/v1beta/models') ? 'models' : undefined;
    if (EMBEDDING.test(path)) return 'embeddings';
    if (/^\/v1beta\/models\/[^/:]+:streamGenerateContent\?alt=sse$/.test(path)) return 'stream';
    return /^\/v1beta\/models\/[^/:]+:generateContent$/.test(path) ? 'whole' : undefined;
  },
  whole: (script) =>
    chunk(
      script,
      [...thoughtParts(script), { text: script.textPieces.join('') }, ...callParts(script)],
      'STOP',
    ),
  stream: (script) => {
    const pieces = [
      ...thoughtParts(script).map((part) => [part]),
      ...script.textPieces.map((text) => [{ text }]),
      ...callParts(script).map((part) => [part]),
    ];
    return pieces.map((parts, i) => sse(chunk(script, parts, i === pieces.length - 1 ? 'STOP' : undefined)));
  },
  streamType: 'text/event-stream',
  error: (status, text) => ({ json: errorOf(status, text) }),
  refusal: {
    status: 400,
    json: errorOf(400, 'API key not valid. Please pass a valid API key.', [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' },
    ]),
  },
  errorEvent: { bytes: sse(errorOf(503, 'The model is overloaded.')), status: 503 },
  models: {
    models: [
      { name: 'models/gemini-fake', supportedGenerationMethods: ['generateContent', 'countTokens'] },
      { name: 'models/embedding-fake', supportedGenerationMethods: ['embedContent'] },
      { name: 'models/answer-fake', supportedGenerationMethods: ['generateAnswer'] },
    ],
  },
  embeddings: {
    textsIn: (body) => embedRequests(body).map((one) => one.content.parts[0]!.text),
    dimensionsIn: (body) => embedRequests(body)[0]!.outputDimensionality,
    answer: (vectors) =>
      vectors.length === 1
        ? { embedding: { values: vectors[0] } }
        : { embeddings: vectors.map((values) => ({ values })) },
    reportsUsage: false,
  },
};
