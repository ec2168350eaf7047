// What a call used: read from a provider's answer or stream, or counted where the provider does not say.
export { countTokens, stringBytes, textBytesIn, tokensOfBytes } from './count-tokens.ts';
export { isObject, parseObject } from './parse-object.ts';
export {
  anthropicCountsOf,
  countsOf,
  readEventUsage,
  readUsage,
  responsesCountsOf,
} from './read-usage.ts';
export { type Seen, type StreamMarks, seeNothing, watchEvents } from './watch-events.ts';
