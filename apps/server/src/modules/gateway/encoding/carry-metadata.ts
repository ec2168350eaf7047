// What a provider wants to see again with its own reasoning (a signature) travels to the caller and back inside the field that
// the caller's protocol has for it. Only these few texts are taken back: a caller cannot set a provider's other options so.
import type { SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { isObject } from '../usage/index.ts';

const CARRIED: Readonly<Record<string, readonly string[]>> = {
  anthropic: ['signature', 'redactedData'],
  bedrock: ['signature', 'redactedData'],
  google: ['thoughtSignature'],
  vertex: ['thoughtSignature'],
};
const MARK = 'insula.';
const LENGTH_MAX = 1_000_000;

/** The metadata as one text; undefined when there is nothing to see again. */
export function carryMetadata(metadata: SharedV4ProviderMetadata | undefined): string | undefined {
  const kept = keep(metadata);
  return kept && MARK + Buffer.from(JSON.stringify(kept)).toString('base64url');
}

/** The metadata in a text that `carryMetadata` made; undefined for any other text. */
export function readCarried(text: string | undefined): SharedV4ProviderMetadata | undefined {
  if (!text?.startsWith(MARK) || text.length > LENGTH_MAX) return undefined;
  try {
    return keep(JSON.parse(Buffer.from(text.slice(MARK.length), 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}

function keep(metadata: unknown): SharedV4ProviderMetadata | undefined {
  if (!isObject(metadata)) return undefined;
  const kept: SharedV4ProviderMetadata = {};
  for (const [provider, names] of Object.entries(CARRIED)) {
    const said = metadata[provider];
    if (!isObject(said)) continue;
    for (const name of names) {
      const value = said[name];
      if (typeof value === 'string') kept[provider] = { ...kept[provider], [name]: value };
    }
  }
  return Object.keys(kept).length > 0 ? kept : undefined;
}
