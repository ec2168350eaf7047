// The relay of model calls in OpenAI's wire format: what the gateway's surfaces may use.

export type { Surface } from '../wires/index.ts';
export type { BookedCall, Caller, Chosen, Dialect, Target } from './book-intent.ts';
export {
  type Call,
  createRelay,
  type Outcome,
  type Relay,
  type RelayDeps,
  type RelayLimits,
} from './create-relay.ts';
export type { Failure, FailureCode } from './failure-of.ts';
export { type Ask, AskError, readAsk } from './read-ask.ts';
export type { Answering } from './write-answer.ts';
