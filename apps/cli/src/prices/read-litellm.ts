// LiteLLM's public list of models and prices (model_prices_and_context_window.json), which somebody brings along: costs per
// token become prices per million tokens. What has no price per token is left out, and counted.
import { scaleDecimal, writeScaled } from '../tables/scale-decimal.ts';
import type { FilePrice, PriceFile } from './read-price-file.ts';

/** Their names of providers, and ours. */
const providers: Record<string, string> = {
  openai: 'openai',
  'text-completion-openai': 'openai',
  azure: 'azure',
  mistral: 'mistral',
  groq: 'groq',
  openrouter: 'openrouter',
  together_ai: 'together',
  deepseek: 'deepseek',
  anthropic: 'anthropic',
  gemini: 'google',
  cohere: 'cohere',
  cohere_chat: 'cohere',
  bedrock: 'bedrock',
  bedrock_converse: 'bedrock',
};

type Entry = Record<string, unknown>;

/** Reads the list; of two entries for the same model the first one counts. */
export function readLitellm(list: Record<string, unknown>): PriceFile {
  const prices = new Map<string, FilePrice>();
  const count = { unpriced: 0, strange: 0, tiered: 0 };
  for (const [name, given] of Object.entries(list)) {
    if (name === 'sample_spec' || given === null || typeof given !== 'object') continue;
    const entry = given as Entry;
    const theirs = String(entry.litellm_provider ?? '');
    const provider = Object.hasOwn(providers, theirs) ? providers[theirs] : undefined;
    const input = perMillion(entry.input_cost_per_token);
    if (provider === undefined) count.strange++;
    else if (input === undefined) count.unpriced++;
    else {
      const model = name.startsWith(`${theirs}/`) ? name.slice(theirs.length + 1) : name;
      const key = `${provider}\n${model}`;
      if (prices.has(key)) continue;
      if (Object.keys(entry).some((field) => /_above_\d+k_tokens$/.test(field))) count.tiered++;
      prices.set(key, { provider, model, currency: 'USD', input, ...amountsOf(entry) });
    }
  }
  return { prices: [...prices.values()], leftOut: describe(count) };
}

function amountsOf(entry: Entry): Partial<FilePrice> & { output: string } {
  const cached = perMillion(entry.cache_read_input_token_cost);
  const reasoning = perMillion(entry.output_cost_per_reasoning_token);
  return {
    output: perMillion(entry.output_cost_per_token) ?? '0',
    ...(cached === undefined ? {} : { cached_input: cached }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

/** A cost per token as a price per million; to six decimals, which takes the noise of floating point off. */
function perMillion(cost: unknown): string | undefined {
  if (typeof cost !== 'number' || !(cost >= 0)) return undefined;
  return writeScaled(scaleDecimal(String(cost), 12), 6);
}

function describe({
  unpriced,
  strange,
  tiered,
}: Record<'unpriced' | 'strange' | 'tiered', number>): string[] {
  return [
    ...(unpriced > 0 ? [`${unpriced} entries without a price per token`] : []),
    ...(strange > 0 ? [`${strange} entries of providers that Insula has no name for`] : []),
    ...(tiered > 0 ? [`the dearer tiers of ${tiered} models (long prompts): their first tier is taken`] : []),
  ];
}
