// The problems that any endpoint can answer; what belongs to one module stands in that module's file.
import { problemsOf } from './problem.ts';

export const edgeProblems = {
  invalid_request: { status: 400, message: 'The request is not valid: {detail}' },
  unauthenticated: {
    status: 401,
    message: 'Present a valid credential: send "Authorization: Bearer <API key or access token>".',
  },
  forbidden: {
    status: 403,
    message: 'This needs the permission {permission}. Ask an administrator of your organization for it.',
  },
  not_found: { status: 404, message: 'There is nothing here by that name or id.' },
  method_not_allowed: { status: 405, message: 'This address does not take {method}.' },
  conflict: {
    status: 409,
    message: 'Somebody changed this at the same moment. Read it again and repeat your change.',
  },
  body_too_large: { status: 413, message: 'The body is larger than the {limit} bytes taken here.' },
  file_upload_broken: {
    status: 400,
    message: 'The upload is not valid multipart/form-data: {reason} Send one file, in the field `file`.',
  },
  unsupported_media_type: { status: 415, message: 'Send the body as application/json.' },
  idempotency_key_reused: {
    status: 422,
    message: 'This Idempotency-Key was used for a different request. Use a new key for a new request.',
  },
  idempotency_answer_lost: {
    status: 409,
    message:
      'A request with this Idempotency-Key took effect, but its answer was not kept. Look the result up in the list.',
  },
  idempotency_in_progress: {
    status: 409,
    message: 'A request with this Idempotency-Key is still under way. Wait a moment and repeat it.',
  },
  rate_limited: { status: 429, message: 'Too many requests. Try again in {retry_after_seconds} seconds.' },
  host_not_allowed: {
    status: 421,
    message: 'This server does not answer for the host {host}. Add it to ALLOWED_HOSTS if it should.',
  },
  unavailable: { status: 503, message: 'The server cannot do this just now. Try again in a few seconds.' },
  internal: {
    status: 500,
    message: 'Something went wrong on our side. Quote the request id when you ask about it.',
  },
} as const;

/** Problems every endpoint may answer. */
export const problem = problemsOf(edgeProblems);
