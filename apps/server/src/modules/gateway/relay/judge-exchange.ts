// What an exchange with a provider comes to: its status, the tokens to bill and who counted them, and the failure to tell.
//   the provider reported usage            → its numbers, `provider`
//   an answer or part of one without       → counted by us, `counted` (also when the caller left before the end)
//   an error of the provider, no output    → nothing, `provider`
//   no answer, or none in time, no output  → nothing, `counted`
import type { TokenCounts, UsageSource } from '../ledger/index.ts';
import { countTokens, isObject, parseObject, readUsage, type Seen } from '../usage/index.ts';
import type { Wire } from '../wires/index.ts';
import type { Ending, Exchanged } from './exchange-bytes.ts';
import { type Failure, failureOf } from './failure-of.ts';

export type Verdict = {
  /** The HTTP status of the call as the ledger knows it; 499 when the caller was gone. */
  status: number;
  tokens: TokenCounts;
  usageSource: UsageSource;
  failure?: Failure;
  /** The caller has the failure already, from the provider's own event. */
  isTold?: boolean;
};

const NO_TOKENS: TokenCounts = {
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
};
/** Providers' errors are short; a longer one is no error object. */
const ERROR_BYTES_MAX = 65_536;

/** The verdict on a call that was never sent, because its caller had left. */
export const NEVER_SENT: Verdict = { status: 499, tokens: NO_TOKENS, usageSource: 'counted' };

/** Judges an exchange on a wire whose request had `bodyBytes`. */
export function judgeExchange({ ending, seen }: Exchanged, wire: Wire, bodyBytes: number): Verdict {
  if (ending.kind === 'whole' && !seen) return judgeWhole(ending, wire, bodyBytes);
  const used = (): Pick<Verdict, 'tokens' | 'usageSource'> => usedIn(seen, bodyBytes);
  if (ending.kind === 'stream' || ending.kind === 'whole') return { status: 200, ...used() };
  if (ending.kind === 'gone') return { status: 499, ...used() };
  const { failure, isTold = false } = ending;
  const hadOutput = seen !== undefined && (seen.deltas > 0 || seen.usage !== undefined);
  const usage = hadOutput ? used() : { tokens: NO_TOKENS, usageSource: 'counted' as const };
  return { status: failure.status, ...usage, failure, isTold };
}

/** What was used of what passed: as the provider says, or counted by us. */
export function usedIn(seen: Seen | undefined, bodyBytes: number): Pick<Verdict, 'tokens' | 'usageSource'> {
  if (seen?.usage) return { tokens: seen.usage, usageSource: 'provider' };
  const counted = countTokens(bodyBytes, seen?.textBytes ?? 0, seen?.deltas ?? 0);
  return { tokens: { ...counted, ...seen?.input }, usageSource: 'counted' };
}

type Whole = Extract<Ending, { kind: 'whole' }>;

function judgeWhole(answer: Whole, wire: Wire, bodyBytes: number): Verdict {
  const { status, body } = answer;
  if (status >= 300) return failed(judgeError(answer));
  const usage = body[0] === 0x7b ? readUsage(body, wire.countsOf) : undefined;
  if (usage) return { status, tokens: usage, usageSource: 'provider' };
  const json = parseObject(body);
  if (!json) return failed(failureOf('provider_answer_invalid'));
  if (isObject(json.error)) return failed(failureOf('provider_error', { body }));
  if (wire.isFree) return { status, tokens: NO_TOKENS, usageSource: 'provider' };
  return { status, tokens: countTokens(bodyBytes, wire.textBytesIn(json), 0), usageSource: 'counted' };
}

function failed(failure: Failure): Verdict {
  return { status: failure.status, tokens: NO_TOKENS, usageSource: 'provider', failure };
}

function judgeError({ status, headers, body }: Whole): Failure {
  if (status < 400) return failureOf('provider_redirected');
  // Not the caller's key was refused; and such messages quote a part of the key that was.
  if (status === 401) return failureOf('provider_refused_credential');
  const retryAfter = headers['retry-after'];
  const waits = typeof retryAfter === 'string' ? { retryAfter } : {};
  const json = body.length <= ERROR_BYTES_MAX ? parseObject(body) : undefined;
  if (isObject(json?.error)) return failureOf('provider_error', { status, body, ...waits });
  // Mistral and others say it without the object around it.
  const said = typeof json?.message === 'string' ? json.message.slice(0, 2_000) : '';
  const message = said || `The provider answered with status ${status}.`;
  return failureOf('provider_error', { status, message, ...waits });
}
