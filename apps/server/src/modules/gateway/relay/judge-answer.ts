// What a provider's whole answer means: an answer with its usage, or a failure told in OpenAI's shape.
import type { TokenCounts, UsageSource } from '../ledger/index.ts';
import { countTokens, textBytesIn } from './count-tokens.ts';
import type { UpstreamHeaders } from './dispatch-upstream.ts';
import { type Failure, failureOf } from './failures.ts';
import { isObject, parseObject } from './read-ask.ts';
import { usageInAnswer } from './read-usage.ts';

export type Judged =
  | { failure: Failure }
  | { failure?: undefined; tokens: TokenCounts; usageSource: UsageSource };

/** Providers' errors are short; a longer one is no error object. */
const ERROR_BYTES_MAX = 65_536;

/** Judges an answer; `bodyBytes` is the size of the request, for counting where the provider did not. */
export function judgeAnswer(
  answer: { status: number; headers: UpstreamHeaders; body: Buffer },
  bodyBytes: number,
): Judged {
  const { status, body } = answer;
  if (status >= 300) return { failure: judgeError(answer) };
  const usage = body[0] === 0x7b ? usageInAnswer(body) : undefined;
  if (usage) return { tokens: usage, usageSource: 'provider' };
  const json = parseObject(body);
  if (!json) return { failure: failureOf('provider_answer_invalid') };
  if (isObject(json.error)) return { failure: failureOf('provider_error', { body }) };
  return { tokens: countTokens(bodyBytes, textBytesIn(json), 0), usageSource: 'counted' };
}

function judgeError({ status, headers, body }: { status: number; headers: UpstreamHeaders; body: Buffer }): Failure {
  if (status < 400) return failureOf('provider_redirected');
  // Not the caller's key was refused; and such messages quote a part of the key that was.
  if (status === 401) return failureOf('provider_refused_credential');
  const retryAfter = headers['retry-after'];
  const waits = typeof retryAfter === 'string' ? { retryAfter } : {};
  const json = body.length <= ERROR_BYTES_MAX ? parseObject(body) : undefined;
  if (isObject(json?.error)) return failureOf('provider_error', { status, body, ...waits });
  const message = `The provider answered with status ${status}.`;
  return failureOf('provider_error', { status, message, ...waits });
}
