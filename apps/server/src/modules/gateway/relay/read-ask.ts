// The caller's body, parsed once. What is authorised and priced is what was parsed; `prepareRequest` sees to it that the
// provider cannot read anything else in it.
import { parseObject } from '../usage/index.ts';
import { type Failure, failureOf } from './failure-of.ts';

/** What a caller asks for: the body as it came, and as it was understood. */
export type Ask = {
  bytes: Buffer;
  json: Readonly<Record<string, unknown>>;
  model: string;
  stream: boolean;
  /** Headers of the caller's protocol that the same protocol's provider is to see (`anthropic-beta`). */
  headers?: Readonly<Record<string, string>>;
  /** What texts are embedded for, when the house asks: OpenAI's protocol cannot say it, others can. */
  inputType?: 'search_query';
};

/** A body that cannot be relayed. */
export class AskError extends Error {
  override readonly name = 'AskError';
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

const MODEL_MAX = 256;

/** Reads the body of a call; `defaultModel` stands in where it names none. Throws AskError, whose failure is the answer. */
export function readAsk(bytes: Buffer, defaultModel?: string): Ask {
  const json = parseObject(bytes);
  if (!json) throw new AskError(failureOf('body_invalid'));
  const { model = defaultModel, stream } = json;
  if (typeof model !== 'string' || model === '' || model.length > MODEL_MAX) {
    throw new AskError(failureOf('model_invalid'));
  }
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') {
    throw new AskError(failureOf('stream_invalid'));
  }
  return { bytes, json, model, stream: stream === true };
}
