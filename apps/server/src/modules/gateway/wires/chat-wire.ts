// OpenAI's older protocols: chat completions, legacy completions, embeddings. Format: OpenAI's API reference.
import { encodeFailure, type Failure } from '../relay/failure-of.ts';
import {
  countsOf,
  isObject,
  readEventUsage,
  type Seen,
  type StreamMarks,
  textBytesIn,
} from '../usage/index.ts';
import type { SurfaceWire } from './surface-wire.ts';

const DONE = '[DONE]';

const marks: StreamMarks = {
  findEnd: findDone,
  textKey: '"delta"',
  noteUsage,
  errorIn: ({ error }) => (isObject(error) || typeof error === 'string' ? error : undefined),
  finish: /"finish_reason"\s*:\s*"/,
};

/** Where the line `data: [DONE]` begins; -1 when there is none. */
function findDone(text: string): number {
  for (let at = text.indexOf(DONE); at >= 0; at = text.indexOf(DONE, at + 1)) {
    const line = text.lastIndexOf('\n', at) + 1;
    if (/^data:[ \t]*$/.test(text.slice(line, at))) return line;
  }
  return -1;
}

function noteUsage(event: Record<string, unknown>, seen: Seen): boolean {
  const usage = readEventUsage(event);
  if (!usage) return false;
  seen.usage = usage;
  if (!Array.isArray(event.choices) || event.choices.length > 0) return false;
  seen.finished = true;
  return true;
}

function statusOf(said: unknown): number | undefined {
  const code = isObject(said) ? Number(said.status ?? said.code) : Number.NaN;
  return Number.isInteger(code) && code >= 400 && code <= 599 ? code : undefined;
}

const EVENT = Buffer.from('data: ');
const EVENT_END = Buffer.from('\n\n');

/** Chat completions. */
export const chatWire: SurfaceWire = {
  surface: 'chat.completions',
  protocol: 'openai',
  path: '/chat/completions',
  hasOutput: true,
  limits: ['max_completion_tokens', 'max_tokens'],
  asksUsage: true,
  marks,
  countsOf,
  textBytesIn,
  statusOf,
  encodeFailure,
  encodeFailureEvent: (failure: Failure) => Buffer.concat([EVENT, encodeFailure(failure), EVENT_END]),
};

/** Legacy completions: a prompt and its continuation. */
export const completionsWire: SurfaceWire = {
  ...chatWire,
  surface: 'completions',
  path: '/completions',
  limits: ['max_tokens'],
  marks: { ...marks, textKey: '"text"' },
};

/** Embeddings. */
export const embeddingsWire: SurfaceWire = {
  ...chatWire,
  surface: 'embeddings',
  path: '/embeddings',
  hasOutput: false,
};
