// What can go wrong on the way out, in words for the person who asked for the call.
import { problemsOf } from '@insula/contract';

export const egressProblems = {
  egress_refused: { status: 422, message: 'This server does not call {host}: {reason}. {remedy}' },
  egress_unreachable: {
    status: 502,
    message: '{host} could not be reached. Check the address, and that the service behind it is running.',
  },
  egress_timeout: {
    status: 504,
    message: '{host} did not answer in full within {timeout_ms} ms. Try again, or check the service.',
  },
  egress_too_large: {
    status: 502,
    message: '{host} answered with more than the {max_bytes} bytes taken here.',
  },
  egress_unreadable: { status: 502, message: '{host} answered in an encoding that could not be read.' },
} as const;

/** Problems of calls to the outside. */
export const problem = problemsOf(egressProblems);

const askOperator = 'If it is meant, an operator of this server can allow it in the egress settings.';

/** A refusal. `cause` is for the log only: it may hold what a name resolved to, which is not for tenants to learn. */
export function refuse(host: string, reason: string, options: { openable?: boolean; cause?: string } = {}) {
  const remedy = options.openable === true ? askOperator : 'No setting of this server opens it.';
  const cause = options.cause === undefined ? undefined : new Error(options.cause);
  return problem('egress_refused', { host, reason, remedy }, cause);
}
