// What a call used: read from a provider's answer or stream, or counted where the provider does not say.
export { countTokens, textBytesIn, tokensOfBytes } from './count-tokens.ts';
export { isObject, parseObject } from './parse-object.ts';
export { countsOf, readUsage } from './read-usage.ts';
export { type Seen, watchEvents } from './watch-events.ts';
