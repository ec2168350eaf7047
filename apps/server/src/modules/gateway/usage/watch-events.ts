// Reads along while the events of a chat stream pass: usage, how much text there was, an error the provider tells of, and
// the end, which is held back so that the call can be settled before the caller has it.
import type { TokenCounts } from '../ledger/index.ts';
import { textBytesAt } from './count-tokens.ts';
import { cutEvents } from './cut-events.ts';
import { isObject } from './parse-object.ts';
import { readEventUsage } from './read-usage.ts';

export type EventWatch = {
  /** Takes a chunk of the provider's; gives the bytes to pass on, if any. Nothing from `data: [DONE]` on is among them. */
  push(chunk: Buffer): Buffer | undefined;
  /** The provider's stream is over: what is left is an event even without its empty line. */
  end(): Buffer | undefined;
  /** What was seen so far. */
  readonly seen: Seen;
};

export type Seen = {
  /** The usage the provider reported last. */
  usage: TokenCounts | undefined;
  textBytes: number;
  /** Deltas that carried text. */
  deltas: number;
  /** The bytes from `data: [DONE]` on, held back; undefined while the stream has not come to it. */
  tail: Buffer | undefined;
  /** The provider said why it finished, or reported the usage of all of it. */
  finished: boolean;
  /** The event in which the provider told of an error. */
  error: { event: Record<string, unknown>; bytes: Buffer } | undefined;
};

const DONE = '[DONE]';
const FINISH = /"finish_reason"\s*:\s*"/;

/** A watch over one stream. With `hideUsage`, the event that only reports usage does not pass. */
export function watchEvents(options: { hideUsage: boolean }): EventWatch {
  const cutter = cutEvents();
  const seen: Seen = {
    usage: undefined,
    textBytes: 0,
    deltas: 0,
    tail: undefined,
    finished: false,
    error: undefined,
  };
  let lastText = '';

  function push(chunk: Buffer): Buffer | undefined {
    if (seen.tail) return undefined; // what follows the end is nobody's
    const events = cutter.push(chunk);
    return events && read(events);
  }

  function end(): Buffer | undefined {
    const rest = cutter.rest();
    const passed =
      rest.length > 0 && !seen.tail ? read(Buffer.concat([rest, Buffer.from('\n\n')])) : undefined;
    seen.finished ||= FINISH.test(lastText);
    return passed;
  }

  function read(events: Buffer): Buffer | undefined {
    // One character a byte: searching a string is several times cheaper than searching a buffer.
    let text = events.toString('latin1');
    let passing = events;
    const done = findDone(text);
    if (done >= 0) {
      seen.tail = events.subarray(done);
      passing = events.subarray(0, done);
      text = text.slice(0, done);
    }
    if (text === '') return undefined;
    lastText = text;
    measureDeltas(text, seen);
    readError(text, passing, seen);
    const hidden = readReports(text, passing, seen);
    if (options.hideUsage && hidden.length > 0) passing = leaveOut(passing, hidden);
    return passing.length > 0 ? passing : undefined;
  }

  return { push, end, seen };
}

/** Where the line `data: [DONE]` begins; -1 when there is none. */
function findDone(text: string): number {
  for (let at = text.indexOf(DONE); at >= 0; at = text.indexOf(DONE, at + 1)) {
    const line = text.lastIndexOf('\n', at) + 1;
    if (/^data:[ \t]*$/.test(text.slice(line, at))) return line;
  }
  return -1;
}

function measureDeltas(text: string, seen: Seen): void {
  for (let at = findValue(text, '"delta"', 0); at >= 0; at = findValue(text, '"delta"', at)) {
    const bytes = text[at] === '{' ? textBytesAt(text, at) : 0;
    if (bytes <= 0) continue;
    seen.textBytes += bytes;
    seen.deltas++;
  }
}

function readError(text: string, events: Buffer, seen: Seen): void {
  for (let at = findValue(text, '"error"', 0); at >= 0; at = findValue(text, '"error"', at)) {
    if (text[at] !== '{' && text[at] !== '"') continue;
    const line = lineAround(text, at);
    const event = parseLine(events, line);
    if (event && (isObject(event.error) || typeof event.error === 'string')) {
      seen.error = { event, bytes: events.subarray(line.start + 5, line.end) };
    }
  }
}

type Span = { start: number; end: number };

/** Notes the usage in the events; gives the bounds of those that report nothing else. */
function readReports(text: string, events: Buffer, seen: Seen): Span[] {
  const reports: Span[] = [];
  for (let at = findValue(text, '"usage"', 0); at >= 0; at = findValue(text, '"usage"', at)) {
    if (text[at] !== '{') continue;
    const line = lineAround(text, at);
    const event = parseLine(events, line);
    const usage = event && readEventUsage(event);
    if (!usage) continue;
    seen.usage = usage;
    at = line.end;
    if (!Array.isArray(event.choices) || event.choices.length > 0) continue;
    seen.finished = true;
    if (line.eventEnd > 0) reports.push({ start: line.start, end: line.eventEnd });
  }
  return reports;
}

function leaveOut(bytes: Buffer, spans: Span[]): Buffer {
  const starts = [0, ...spans.map((span) => span.end)];
  return Buffer.concat(starts.map((start, i) => bytes.subarray(start, spans[i]?.start)));
}

/** Where the value of a key begins, at `from` or later. In the model's text the quotes of the key would be escaped. */
function findValue(text: string, key: string, from: number): number {
  for (let at = text.indexOf(key, from); at >= 0; at = text.indexOf(key, at + key.length)) {
    let p = skipBlanks(text, at + key.length);
    if (text[p] !== ':') continue;
    p = skipBlanks(text, p + 1);
    return p;
  }
  return -1;
}

function skipBlanks(text: string, from: number): number {
  let p = from;
  while (text[p] === ' ' || text[p] === '\t') p++;
  return p;
}

/** A line of the stream: its bounds, and where its event ends if the line is the event's last (otherwise -1). */
type Line = { start: number; end: number; eventEnd: number };

function lineAround(text: string, at: number): Line {
  const start = text.lastIndexOf('\n', at) + 1;
  const end = text.indexOf('\n', at);
  const next = text[end + 1] === '\r' ? end + 2 : end + 1;
  return { start, end, eventEnd: text[next] === '\n' ? next + 1 : -1 };
}

function parseLine(events: Buffer, line: Line): Record<string, unknown> | undefined {
  if (events.toString('latin1', line.start, line.start + 5) !== 'data:') return undefined;
  try {
    const event: unknown = JSON.parse(events.toString('utf8', line.start + 5, line.end));
    return isObject(event) ? event : undefined;
  } catch {
    return undefined;
  }
}
