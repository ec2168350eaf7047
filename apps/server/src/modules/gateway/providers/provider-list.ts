// Every provider, as data: where it is, which protocol it speaks, what its credential is made of, how its models are named.
import type { FieldName } from './describe-fields.ts';

/** The wire protocol of a provider. Callers who speak it are relayed byte for byte; others are translated. */
export type Dialect = 'openai' | 'anthropic' | 'google' | 'bedrock' | 'cohere';

export type Provider = {
  id: string;
  name: string;
  dialect: Dialect;
  /** Ends before `/chat/completions` (or the dialect's own path); undefined: the address must be given, or follows from the region. */
  baseUrl: string | undefined;
  needsKey: boolean;
  /** On the caller's own machine or network; found by probing in development mode. */
  local: boolean;
  keyHeader: 'authorization' | 'api-key' | 'x-api-key' | 'x-goog-api-key';
  /** Whether `stream_options.include_usage` is understood; otherwise usage comes by itself, or not at all. */
  asksUsage: boolean;
  /** How embeddings are served: as bytes in OpenAI's format, by translation, or not at all. */
  embeddings: 'relayed' | 'translated' | 'none';
  /** What a credential is made of besides its name. */
  fields: readonly FieldName[];
  /** Sets of secret fields, one of which must be given whole; empty where a key is not needed. */
  keysAnyOf: readonly (readonly FieldName[])[];
  /** Names of models that belong to this provider when its list is not known. */
  modelPattern?: RegExp;
};

const hosted = {
  dialect: 'openai',
  needsKey: true,
  local: false,
  keyHeader: 'authorization',
  asksUsage: true,
  embeddings: 'relayed',
  fields: ['api_key', 'base_url'],
  keysAnyOf: [['api_key']],
} as const;
const own = { ...hosted, needsKey: false, local: true, keysAnyOf: [] } as const;
const translated = { ...hosted, embeddings: 'translated' } as const;

/** Every provider that a credential can name. */
export const providerList: Provider[] = [
  {
    ...hosted,
    id: 'openai',
    name: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    modelPattern: /^(gpt-|o[134](-|$)|chatgpt-|text-embedding-|davinci|babbage)/,
  },
  {
    ...hosted,
    id: 'anthropic',
    name: 'Anthropic',
    dialect: 'anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    keyHeader: 'x-api-key',
    embeddings: 'none',
    modelPattern: /^claude-/,
  },
  {
    ...translated,
    id: 'google',
    name: 'Google Gemini',
    dialect: 'google',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    keyHeader: 'x-goog-api-key',
    modelPattern: /^(gemini-|gemma-|text-embedding-00\d$|embedding-001$)/,
  },
  {
    ...translated,
    id: 'bedrock',
    name: 'Amazon Bedrock',
    dialect: 'bedrock',
    baseUrl: undefined,
    fields: ['region', 'api_key', 'access_key_id', 'secret_access_key', 'session_token', 'base_url'],
    keysAnyOf: [['api_key'], ['access_key_id', 'secret_access_key']],
    modelPattern:
      /^((us|us-gov|eu|apac|au|ca|jp|global)\.)?(amazon|anthropic|meta|mistral|cohere|ai21|deepseek|openai|qwen|writer|twelvelabs|stability)\.|^arn:aws/,
  },
  {
    ...hosted,
    id: 'azure',
    name: 'Azure OpenAI',
    baseUrl: undefined,
    keyHeader: 'api-key',
    fields: ['api_key', 'base_url', 'api_version'],
  },
  {
    ...translated,
    id: 'cohere',
    name: 'Cohere',
    dialect: 'cohere',
    baseUrl: 'https://api.cohere.com/v2',
    modelPattern: /^(command|c4ai-|embed-)/,
  },
  {
    ...translated, // its embeddings know `output_dimension` where OpenAI's say `dimensions`
    id: 'mistral',
    name: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    asksUsage: false,
    modelPattern: /^(mistral|ministral|magistral|codestral|devstral|pixtral|open-mi)/,
  },
  { ...hosted, id: 'groq', name: 'Groq', baseUrl: 'https://api.groq.com/openai/v1' },
  { ...hosted, id: 'openrouter', name: 'OpenRouter', baseUrl: 'https://openrouter.ai/api/v1' },
  { ...hosted, id: 'together', name: 'Together', baseUrl: 'https://api.together.xyz/v1' },
  {
    ...hosted,
    id: 'deepseek',
    name: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com/v1',
    modelPattern: /^deepseek-/,
  },
  { ...own, id: 'ollama', name: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1' },
  { ...own, id: 'lm-studio', name: 'LM Studio', baseUrl: 'http://127.0.0.1:1234/v1' },
  { ...own, id: 'llama-cpp', name: 'llama.cpp', baseUrl: 'http://127.0.0.1:8080/v1' },
  { ...own, id: 'vllm', name: 'vLLM', baseUrl: 'http://127.0.0.1:8001/v1' },
  { ...own, id: 'custom', name: 'Any OpenAI-compatible endpoint', baseUrl: undefined, local: false },
];

const byId = new Map(providerList.map((provider) => [provider.id, provider]));

/** The provider by its id. */
export function findProvider(id: string): Provider | undefined {
  return byId.get(id);
}
