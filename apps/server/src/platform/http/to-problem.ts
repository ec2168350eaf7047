// The one place where an error becomes an answer: problems speak for themselves, everything else is ours and says so.
import { type edgeProblems, Problem, problem } from '@insula/contract';
import { NoSuchOrganization } from '../db/door.ts';
import type { Log } from '../log.ts';

export type ProblemBody = {
  code: string;
  status: number;
  detail: string;
  data?: Record<string, unknown>;
  requestId: string;
};

const fastifyCodes: Record<string, keyof typeof edgeProblems> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
};

/** Turns anything thrown into a Problem; what nobody foresaw becomes `internal` and is logged with its cause. */
export function toProblem(
  error: unknown,
  context: { requestId: string; log: Log; bodyLimit?: number },
): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof NoSuchOrganization) return problem('unauthenticated', {}, error);
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  const known = code ? fastifyCodes[code] : undefined;
  if (known) return problem(known, { limit: context.bodyLimit ?? 0 }, error);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return problem('invalid_request', { detail: message ?? '' }, error);
  if (isUnavailable(code)) {
    context.log.error(
      { requestId: context.requestId, error: message, code },
      'the database is not available',
    );
    return problem('unavailable', {}, error);
  }
  if (code === '40001' || code === '40P01') return problem('conflict', {}, error);
  context.log.error({ requestId: context.requestId, err: error }, 'unforeseen error');
  return problem('internal', {}, error);
}

const unavailable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '55P03',
  '08006',
  '08001',
]);

function isUnavailable(code: string | undefined): boolean {
  return code !== undefined && unavailable.has(code);
}

/** The body of application/problem+json. */
export function problemBody(thrown: Problem, requestId: string): ProblemBody {
  const { code, status, message } = thrown;
  const { detail: _saidInMessage, ...facts } = thrown.facts;
  const data = Object.keys(facts).length > 0 ? { data: facts } : {};
  return { code, status, detail: message, ...data, requestId };
}
