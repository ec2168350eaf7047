// What an error of a translated call means to the caller: the provider's status, Retry-After and words, or our own bounds.
// Words pass only without the credential's secrets in them.
import {
  APICallError,
  InvalidArgumentError,
  InvalidPromptError,
  NoSuchModelError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { isProviderStreamError } from '@ai-sdk/provider-utils';
import { Problem } from '@insula/contract';
import { guardrailProblems } from '@insula/contract/guardrails';
import { EgressFault, type EgressFaultCode } from '../../../platform/egress/index.ts';
import type { Connection } from '../providers/connect-provider.ts';
import { type Failure, type FailureCode, failureOf, failureOfConnection } from '../relay/failure-of.ts';

const MESSAGE_MAX = 2_000;
const CAUSES_MAX = 6;

const byFault: Record<EgressFaultCode, FailureCode> = {
  other_origin: 'provider_unreachable',
  redirected: 'provider_redirected',
  encoded: 'provider_answer_invalid',
  too_large: 'provider_answer_too_large',
  silent: 'provider_silent',
  stalled: 'provider_stalled',
  too_long: 'call_too_long',
};

/** The failure that an error thrown by a model, or told in its stream, comes to. */
export function failureOfModel(error: unknown, connection?: Pick<Connection, 'secrets'>): Failure {
  const own = ownFailure(error);
  if (own) return own;
  const say = (status: number, message: string, headers: Record<string, string> = {}) =>
    toldFailure({ status, message: withoutSecrets(message, connection), headers });
  if (APICallError.isInstance(error)) {
    const { statusCode = 0, message, responseHeaders } = error;
    if (isRefusedKey(error)) return failureOf('provider_refused_credential');
    if (statusCode >= 400) return say(statusCode, wordsOf(error) ?? message, responseHeaders);
    if (statusCode >= 300) return failureOf('provider_redirected');
    return failureOf(statusCode === 0 ? 'provider_unreachable' : 'provider_answer_invalid');
  }
  if (isProviderStreamError(error)) {
    if (error.statusCode === 401) return failureOf('provider_refused_credential');
    return say(error.statusCode ?? 502, error.message);
  }
  if (NoSuchModelError.isInstance(error)) return say(404, 'The provider has no model of that name.');
  if (UnsupportedFunctionalityError.isInstance(error))
    return failureOf('not_translatable', {
      message: `The provider of this model has no ${error.functionality}.`,
    });
  if (InvalidPromptError.isInstance(error) || InvalidArgumentError.isInstance(error))
    return failureOf('not_translatable', { message: withoutSecrets(error.message, connection) });
  return failureOf('provider_answer_invalid');
}

/** The failure of an end that our own bounds, the connection or the caller made; it may lie deep in the causes. */
function ownFailure(error: unknown): Failure | undefined {
  let current = error;
  for (let depth = 0; depth < CAUSES_MAX && current instanceof Error; depth++) {
    if (current instanceof EgressFault) return failureOf(byFault[current.fault]);
    if (current instanceof Problem) return refusalOf(current) ?? failureOf('provider_unreachable');
    if (current.name === 'AbortError') return failureOf('client_closed');
    const { code } = current as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^(UND_ERR_|E[A-Z]+|HPE_|ERR_(TLS|SSL))/.test(code))
      return failureOfConnection(current as Error & { code: string });
    if (/^Incomplete .* frame|ended without a finish reason/.test(current.message))
      return failureOf('provider_cut');
    current = current.cause;
  }
  return undefined;
}

/** What a guardrail says in place of the model. */
function refusalOf({ code, status, message }: Problem): Failure | undefined {
  if (!(code in guardrailProblems)) return undefined;
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  return { status, code: code === 'content_blocked' ? 'content_filter' : code, type, message };
}

/** Bedrock says it with 403 and Google with 400; such messages quote parts of keys. */
function isRefusedKey({ statusCode, responseHeaders, responseBody = '' }: APICallError): boolean {
  if (statusCode === 401) return true;
  if (statusCode === 400) return responseBody.includes('API_KEY_INVALID');
  if (statusCode !== 403) return false;
  const told = `${responseHeaders?.['x-amzn-errortype'] ?? ''} ${responseBody.slice(0, 4_096)}`;
  return /UnrecognizedClient|InvalidSignature|ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|IncompleteSignature|security token|API_KEY_/.test(
    told,
  );
}

/** The provider's message where the SDK did not find one in its answer (Azure and others put it into `error`). */
function wordsOf({ responseBody }: APICallError): string | undefined {
  try {
    const { error, message, detail } = JSON.parse(responseBody ?? '') as Record<string, unknown>;
    const inner = (error as { message?: unknown } | null | undefined)?.message;
    return [inner, message, error, detail].find((one): one is string => typeof one === 'string');
  } catch {
    return undefined;
  }
}

function toldFailure(told: { status: number; message: string; headers: Record<string, string> }): Failure {
  const { status, message, headers } = told;
  const retryAfter = headers['retry-after'];
  return failureOf('provider_error', {
    status: status >= 400 && status <= 599 ? status : 502,
    ...(message ? { message: message.slice(0, MESSAGE_MAX) } : {}),
    ...(retryAfter ? { retryAfter } : {}),
  });
}

function withoutSecrets(message: string, connection: Pick<Connection, 'secrets'> | undefined): string {
  let clean = message;
  for (const secret of Object.values(connection?.secrets ?? {}))
    if (secret && secret.length >= 4) clean = clean.replaceAll(secret, '…');
  return clean;
}

/** Whether a stream's finish says that the provider never came to its end: it closed in order, but too early. */
export function isCutShort(finish: { unified: string; raw: string | undefined }): boolean {
  return finish.unified === 'interrupted' || (finish.raw === undefined && finish.unified !== 'error');
}
