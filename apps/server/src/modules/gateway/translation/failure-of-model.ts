// What a model of the AI SDK threw, or told in its stream, as a failure of ours: the provider's status and words where it said
// something, never its body, which is not in the caller's protocol.
import {
  APICallError,
  InvalidResponseDataError,
  JSONParseError,
  TypeValidationError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { type Failure, failureOf, failureOfConnection } from '../relay/failure-of.ts';
import { isObject } from '../usage/index.ts';

const WORDS_MAX = 2_000;
const STATUSES: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  rate_limit_error: 429,
  overloaded_error: 529,
  api_error: 500,
};

/** The failure to tell; anything that is not understood is an invalid answer of the provider. */
export function failureOfModel(error: unknown): Failure {
  if (APICallError.isInstance(error)) return failureOfAnswer(error);
  if (UnsupportedFunctionalityError.isInstance(error))
    return failureOf('not_translatable', {
      message: `The provider of this model does not take this: ${bounded(error.functionality)}.`,
    });
  if (
    InvalidResponseDataError.isInstance(error) ||
    JSONParseError.isInstance(error) ||
    TypeValidationError.isInstance(error)
  )
    return failureOf('provider_answer_invalid');
  if (error instanceof Error) return failureOfCause(error);
  return failureOfTold(error);
}

function failureOfAnswer(error: APICallError): Failure {
  const { statusCode, responseHeaders, message } = error;
  if (statusCode === undefined) return failureOfCause(error);
  if (statusCode < 300) return failureOf('provider_answer_invalid');
  if (statusCode < 400) return failureOf('provider_redirected');
  if (statusCode === 401) return failureOf('provider_refused_credential');
  const retryAfter = responseHeaders?.['retry-after'];
  return failureOf('provider_error', {
    status: statusCode,
    ...(message ? { message: bounded(message) } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** The error of a connection lies somewhere in a chain of causes. */
function failureOfCause(error: Error): Failure {
  let cause: unknown = error;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    if (typeof (cause as { code?: unknown }).code === 'string') return failureOfConnection(cause);
    cause = cause.cause;
  }
  return failureOf(error instanceof TypeError ? 'provider_unreachable' : 'provider_answer_invalid');
}

/** An error event of the provider's stream. */
function failureOfTold(error: unknown): Failure {
  const told = isObject(error) && isObject(error.error) ? error.error : error;
  if (!isObject(told))
    return failureOf('provider_error', typeof told === 'string' ? { message: bounded(told) } : {});
  const code = Number(told.status ?? told.code);
  const status = Number.isInteger(code) && code >= 400 && code <= 599 ? code : STATUSES[String(told.type)];
  return failureOf('provider_error', {
    ...(status === undefined ? {} : { status }),
    ...(typeof told.message === 'string' && told.message !== '' ? { message: bounded(told.message) } : {}),
  });
}

const bounded = (text: string) => text.slice(0, WORDS_MAX);
