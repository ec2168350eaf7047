// The providers that speak OpenAI's wire format, as data: where they are, how they take a key, how their models are named.

export type Provider = {
  id: string;
  name: string;
  /** Ends before `/chat/completions`; undefined: the address must be given. */
  baseUrl: string | undefined;
  needsKey: boolean;
  /** On the caller's own machine or network; found by probing in development mode. */
  local: boolean;
  keyHeader: 'authorization' | 'api-key';
  /** Whether `stream_options.include_usage` is understood; otherwise usage comes by itself, or not at all. */
  asksUsage: boolean;
  /** Names of models that belong to this provider when its list is not known. */
  modelPattern?: RegExp;
};

const hosted = { needsKey: true, local: false, keyHeader: 'authorization', asksUsage: true } as const;
const own = { needsKey: false, local: true, keyHeader: 'authorization', asksUsage: true } as const;

/** Every provider that a credential can name. */
export const providerList: Provider[] = [
  {
    ...hosted,
    id: 'openai',
    name: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    modelPattern: /^(gpt-|o[134](-|$)|chatgpt-|text-embedding-|davinci|babbage)/,
  },
  { ...hosted, id: 'azure', name: 'Azure OpenAI', baseUrl: undefined, keyHeader: 'api-key' },
  {
    ...hosted,
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

/** The headers that carry a key to a provider. */
export function keyHeaders(provider: Provider, key: string | null): Record<string, string> {
  if (key === null) return {};
  return provider.keyHeader === 'api-key' ? { 'api-key': key } : { authorization: `Bearer ${key}` };
}
