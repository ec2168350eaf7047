// Version 1 of the price list: what providers publish, in micro-USD per million tokens (2.50 USD is 2_500_000). Only models
// whose price is certain: one that is not here costs "not known". A change of price is a new version, never an edit.
import type { ListedPrice } from './create-prices.ts';

const PUBLISHED = 'provider price list, August 2025';
const OWN_MACHINE = 'runs on your own machine';

/** Provider, models of that price, then input, cached input and output; reasoning is billed as output by all of them. */
type Line = [
  provider: string,
  models: string[],
  input: number,
  cachedInput: number,
  output: number,
  source?: string,
];

const lines: Line[] = [
  ['openai', ['gpt-5', 'gpt-5-2025-08-07', 'gpt-5-chat-latest'], 1_250_000, 125_000, 10_000_000],
  ['openai', ['gpt-5-mini', 'gpt-5-mini-2025-08-07'], 250_000, 25_000, 2_000_000],
  ['openai', ['gpt-5-nano', 'gpt-5-nano-2025-08-07'], 50_000, 5_000, 400_000],
  ['openai', ['gpt-4.1', 'gpt-4.1-2025-04-14'], 2_000_000, 500_000, 8_000_000],
  ['openai', ['gpt-4.1-mini', 'gpt-4.1-mini-2025-04-14'], 400_000, 100_000, 1_600_000],
  ['openai', ['gpt-4.1-nano', 'gpt-4.1-nano-2025-04-14'], 100_000, 25_000, 400_000],
  ['openai', ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-2024-11-20'], 2_500_000, 1_250_000, 10_000_000],
  ['openai', ['gpt-4o-2024-05-13'], 5_000_000, 5_000_000, 15_000_000],
  ['openai', ['gpt-4o-mini', 'gpt-4o-mini-2024-07-18'], 150_000, 75_000, 600_000],
  ['openai', ['o1', 'o1-2024-12-17'], 15_000_000, 7_500_000, 60_000_000],
  ['openai', ['o3', 'o3-2025-04-16'], 2_000_000, 500_000, 8_000_000],
  ['openai', ['o3-mini', 'o3-mini-2025-01-31'], 1_100_000, 550_000, 4_400_000],
  ['openai', ['o4-mini', 'o4-mini-2025-04-16'], 1_100_000, 275_000, 4_400_000],
  ['openai', ['gpt-4-turbo', 'gpt-4-turbo-2024-04-09'], 10_000_000, 10_000_000, 30_000_000],
  ['openai', ['gpt-4', 'gpt-4-0613'], 30_000_000, 30_000_000, 60_000_000],
  ['openai', ['gpt-3.5-turbo', 'gpt-3.5-turbo-0125'], 500_000, 500_000, 1_500_000],
  ['openai', ['text-embedding-3-small'], 20_000, 20_000, 0],
  ['openai', ['text-embedding-3-large'], 130_000, 130_000, 0],
  ['openai', ['text-embedding-ada-002'], 100_000, 100_000, 0],
  ['mistral', ['mistral-large-2411', 'pixtral-large-2411'], 2_000_000, 2_000_000, 6_000_000],
  ['mistral', ['mistral-medium-2505'], 400_000, 400_000, 2_000_000],
  ['mistral', ['mistral-small-2503'], 100_000, 100_000, 300_000],
  ['mistral', ['ministral-8b-2410'], 100_000, 100_000, 100_000],
  ['mistral', ['ministral-3b-2410'], 40_000, 40_000, 40_000],
  ['mistral', ['codestral-2501'], 300_000, 300_000, 900_000],
  ['mistral', ['mistral-embed'], 100_000, 100_000, 0],
  ['groq', ['llama-3.3-70b-versatile'], 590_000, 590_000, 790_000],
  ['groq', ['llama-3.1-8b-instant'], 50_000, 50_000, 80_000],
  ['groq', ['meta-llama/llama-4-scout-17b-16e-instruct'], 110_000, 110_000, 340_000],
  ['groq', ['meta-llama/llama-4-maverick-17b-128e-instruct'], 200_000, 200_000, 600_000],
  ['insula', ['*'], 0, 0, 0, 'built in'],
  ...['ollama', 'lm-studio', 'llama-cpp', 'vllm'].map((local): Line => [local, ['*'], 0, 0, 0, OWN_MACHINE]),
];

/** The list as rows; version 1 also holds for everything before it. */
export const priceList: readonly ListedPrice[] = lines.flatMap(
  ([provider, models, input, cachedInput, output, source = PUBLISHED]) =>
    models.map((model) => ({
      version: 1,
      organization_id: null,
      provider,
      model,
      currency: 'USD',
      input_micros_per_million: input,
      cached_input_micros_per_million: cachedInput,
      output_micros_per_million: output,
      reasoning_micros_per_million: output,
      valid_from: 0,
      source,
    })),
);
