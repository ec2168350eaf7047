// A run on a socket, as server-sent events: in the AI SDK's UI message stream protocol, or in plain events with ids that a
// client can come back with. Whoever reads slowly is waited for; whoever leaves is not missed.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { streamed } from '../../../platform/http/streamed.ts';
import type { Run } from './create-runs.ts';
import type { ChatEvent } from './fold-event.ts';

export type StreamFormat = 'events' | 'ui';
const HEARTBEAT_MS = 15_000;

/** What can be followed: an answer written here, or one that another server writes. */
export type Followed = Pick<Run, 'events' | 'ended' | 'more'> & { isElsewhere?: boolean };

/** The run as an answer; plain events go on after the request's `Last-Event-ID`, where this server counted them. */
export function writeStream(run: Followed, format: StreamFormat): never {
  return streamed(async (request, reply) => {
    const { raw } = reply;
    reply.hijack();
    raw.writeHead(200, { ...headersOf(reply), ...(format === 'ui' ? uiHeaders : {}) });
    const beat = setInterval(() => raw.write(': still here\n\n'), HEARTBEAT_MS);
    try {
      await pour(run, { reply, format, from: format === 'ui' || run.isElsewhere ? 0 : lastSeen(request) });
      if (format === 'ui') raw.write('data: [DONE]\n\n');
    } finally {
      clearInterval(beat);
      raw.end();
    }
    return reply;
  });
}

const uiHeaders = { 'x-vercel-ai-ui-message-stream': 'v1' };

function headersOf(reply: FastifyReply): Record<string, string> {
  const kept = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]);
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  };
}

function lastSeen(request: FastifyRequest): number {
  const given = Number(request.headers['last-event-id'] ?? 0);
  return Number.isSafeInteger(given) && given > 0 ? given : 0;
}

async function pour(
  run: Followed,
  at: { reply: FastifyReply; format: StreamFormat; from: number },
): Promise<void> {
  const { raw } = at.reply;
  let seen = Math.min(at.from, run.events.length);
  for (;;) {
    let text = '';
    while (seen < run.events.length && text.length < 65_536) {
      const event = run.events[seen++]!;
      text += at.format === 'ui' ? `data: ${JSON.stringify(event)}\n\n` : writePlain(event, seen);
    }
    if (raw.destroyed) return;
    if (text !== '' && !raw.write(text)) await drained(raw);
    if (seen < run.events.length) continue;
    if (run.ended) return;
    await Promise.race([run.more(seen), closed(raw)]);
  }
}

const plainNames: Record<string, string> = {
  start: 'start',
  'text-delta': 'text',
  'reasoning-delta': 'reasoning',
  'tool-input-available': 'tool_call',
  'tool-output-available': 'tool_answer',
  'tool-output-error': 'tool_failure',
  'tool-output-denied': 'tool_denied',
  'tool-approval-request': 'approval_request',
  'source-document': 'citation',
  error: 'error',
  abort: 'abort',
  finish: 'end',
};

/** What only frames the parts has no plain event. */
function writePlain(event: ChatEvent, id: number): string {
  const name = plainNames[event.type];
  if (!name) return '';
  const { type: _type, ...rest } = event;
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(rest)}\n\n`;
}

type Raw = FastifyReply['raw'];
const drained = (raw: Raw) =>
  new Promise<void>((resolve) => {
    raw.once('drain', resolve);
    raw.once('close', resolve);
  });
/** One promise a socket: a listener for every event would be too many. */
const closings = new WeakMap<Raw, Promise<void>>();
function closed(raw: Raw): Promise<void> {
  const known = closings.get(raw) ?? new Promise<void>((resolve) => void raw.once('close', resolve));
  closings.set(raw, known);
  return known;
}
