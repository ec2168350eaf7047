// A wire: what the relay must know of one protocol to pass its bytes on, watch them, and tell failures in its words.
import type { TokenCounts } from '../ledger/index.ts';
import type { Failure } from '../relay/failure-of.ts';
import type { StreamMarks } from '../usage/index.ts';

/** The addresses at which models are called. */
export type Surface =
  | 'chat.completions'
  | 'completions'
  | 'embeddings'
  | 'responses'
  | 'messages'
  | 'messages.count_tokens';

/** The protocol whose words errors are told in. */
export type Protocol = 'openai' | 'anthropic';

export type SurfaceWire = {
  surface: Surface;
  protocol: Protocol;
  /** Where a provider serves it, behind its base URL. */
  path: string;
  /** Whether the answer has output tokens at all (embeddings have none). */
  hasOutput: boolean;
  /** The provider does not charge for it: an answer used nothing. */
  isFree?: true;
  /** Names of the one limit of output tokens, the one that counts first. */
  limits: readonly string[];
  /** A stream reports usage only when `stream_options.include_usage` asks for it. */
  asksUsage: boolean;
  marks: StreamMarks;
  /** The `usage` of a whole answer. */
  countsOf(usage: unknown): TokenCounts | undefined;
  /** Bytes of the model's text in a whole answer, for when usage is not told. */
  textBytesIn(answer: Readonly<Record<string, unknown>>): number;
  /** The status that belongs to the error a provider told of in a stream; undefined when it does not say. */
  statusOf(said: unknown): number | undefined;
  /** A field that a provider would take and the relay cannot answer for; undefined when there is none. */
  refuse?(json: Readonly<Record<string, unknown>>): string | undefined;
  /** A failure as a whole answer. */
  encodeFailure(failure: Failure): Buffer;
  /** A failure as the last event of a stream that has begun. */
  encodeFailureEvent(failure: Failure): Buffer;
};
