// What can go wrong with a relayed call; each protocol says it in its own words (wires/), OpenAI's stand here.

/** A call's failure. `body`, when there is one, is the provider's own error in the caller's protocol and is passed on as it came. */
export type Failure = {
  status: number;
  code: string;
  type: string;
  message: string;
  /** The provider's `retry-after`, passed on. */
  retryAfter?: string;
  /** Trying again at once is in vain; clients are told so. */
  isFinal?: boolean;
  body?: Buffer;
};

const CATALOGUE = {
  body_invalid: [400, 'invalid_request_error', 'The body is not a JSON object. Send one, encoded as UTF-8.'],
  model_invalid: [400, 'invalid_request_error', 'Name a model: "model" is a text of 1 to 256 characters.'],
  stream_invalid: [400, 'invalid_request_error', '"stream" is true or false.'],
  field_not_relayed: [400, 'invalid_request_error', 'A field of the request cannot be passed on.'],
  not_translatable: [
    400,
    'invalid_request_error',
    'This cannot be carried to the provider of the model, which speaks another protocol.',
  ],
  ledger_unavailable: [
    503,
    'server_error',
    'The call cannot be recorded just now, so it was not completed. Try again in a few seconds.',
  ],
  budget_exceeded: [429, 'insufficient_quota', 'A budget has no room for this call.'],
  budget_price_unknown: [403, 'permission_error', 'A budget refuses calls whose price is not known.'],
  access_ended: [403, 'permission_error', 'Access ended while the call was under way.'],
  client_closed: [499, 'client_error', 'The client closed the connection.'],
  call_too_long: [504, 'provider_error', 'The provider did not finish within the time allowed for one call.'],
  provider_unreachable: [502, 'provider_error', 'The provider could not be reached.'],
  provider_silent: [504, 'provider_error', 'The provider did not begin to answer in time.'],
  provider_stalled: [504, 'provider_error', 'The provider stopped in the middle of its answer.'],
  provider_cut: [502, 'provider_error', 'The provider closed the connection before its answer was complete.'],
  provider_answer_invalid: [
    502,
    'provider_error',
    'The provider answered with something that is not its protocol.',
  ],
  provider_answer_too_large: [502, 'provider_error', 'The answer of the provider is larger than allowed.'],
  provider_redirected: [
    502,
    'provider_error',
    'The provider answered with a redirect, which is not followed. Correct its base URL.',
  ],
  provider_refused_credential: [
    502,
    'provider_error',
    'The provider refused the credential saved for it. Replace the credential.',
  ],
  provider_error: [502, 'provider_error', 'The provider answered with an error.'],
} as const satisfies Record<string, readonly [number, string, string]>;

export type FailureCode = keyof typeof CATALOGUE;

/** The failure by that code; `more` overrides, for what the provider said itself. */
export function failureOf(code: FailureCode, more: Partial<Omit<Failure, 'code'>> = {}): Failure {
  const [status, type, message] = CATALOGUE[code];
  return { status, code, type, message, ...more };
}

/** The failure as the JSON text that OpenAI's clients expect. */
export function encodeFailure(failure: Failure): Buffer {
  if (failure.body) return failure.body;
  const { message, type, code } = failure;
  return Buffer.from(JSON.stringify({ error: { message, type, code, param: null } }));
}

/** What an error of the connection to the provider means to the caller; causes stay in the log. */
export function failureOfConnection(error: Error & { code?: unknown }): Failure {
  switch (error.code) {
    case 'UND_ERR_BODY_TIMEOUT':
      return failureOf('provider_stalled');
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return failureOf('provider_silent');
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return failureOf('provider_cut');
    case 'UND_ERR_HEADERS_OVERFLOW':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return failureOf('provider_answer_invalid');
    default:
      if (error.name === 'HTTPParserError') return failureOf('provider_answer_invalid');
      return failureOf('provider_unreachable');
  }
}
