// Reads along while the events of a stream pass: usage, how much text there was, an error the provider tells of, and the end,
// which is held back so that the call can be settled before the caller has it. What to look for is told by the protocol's marks.
import type { TokenCounts } from '../ledger/index.ts';
import { stringBytesAt, textBytesAt } from './count-tokens.ts';
import { cutEvents } from './cut-events.ts';
import { isObject, parseObject } from './parse-object.ts';

export type EventWatch = {
  /** Takes a chunk of the provider's; gives the bytes to pass on, if any. Nothing from the end's event on is among them. */
  push(chunk: Buffer): Buffer | undefined;
  /** The provider's stream is over: what is left is an event even without its empty line. */
  end(): Buffer | undefined;
  /** What was seen so far. */
  readonly seen: Seen;
};

/** What tells the events of one protocol apart. */
export type StreamMarks = {
  /** Where the event that ends the stream begins in the text of whole events; -1 while it has not come. */
  findEnd(text: string): number;
  /** The key whose value carries the model's text, with its quotes. */
  textKey: string;
  /** Notes what an event says of usage; true when it says nothing else and may be hidden. */
  noteUsage(event: Record<string, unknown>, seen: Seen): boolean;
  /** What an event says went wrong; undefined when it is no error. */
  errorIn(event: Record<string, unknown>): unknown;
  /** Says in the last event that the model finished, where a stream may end without its ending event. */
  finish?: RegExp;
  /** The ending event reports usage itself. */
  endReports?: true;
};

export type Seen = {
  /** The usage the provider reported last, of all of the call. */
  usage: TokenCounts | undefined;
  /** Input tokens that the provider reported at the beginning, when that is all it has reported. */
  input?: Pick<TokenCounts, 'input_tokens' | 'cached_input_tokens'>;
  textBytes: number;
  /** Deltas that carried text. */
  deltas: number;
  /** The bytes from the ending event on, held back; undefined while the stream has not come to it. */
  tail: Buffer | undefined;
  /** The provider said why it finished, or reported the usage of all of it. */
  finished: boolean;
  /** What the provider told of an error, and the bytes of that event. */
  error: { said: unknown; bytes: Buffer } | undefined;
  /** Something came that is no event: nothing from there on is passed. */
  isGarbled?: boolean;
};

/** What is seen of a stream before it begins: nothing. */
export function seeNothing(): Seen {
  return { usage: undefined, textBytes: 0, deltas: 0, tail: undefined, finished: false, error: undefined };
}

/** A watch over one stream. With `hideUsage`, the event that only reports usage does not pass. */
export function watchEvents(options: { hideUsage: boolean; marks: StreamMarks }): EventWatch {
  const { marks } = options;
  const cutter = cutEvents();
  const seen = seeNothing();
  let lastText = '';

  function push(chunk: Buffer): Buffer | undefined {
    if (seen.tail) return undefined; // what follows the end is nobody's
    const events = cutter.push(chunk);
    return events && read(events);
  }

  function end(): Buffer | undefined {
    const rest = cutter.rest();
    const passed =
      isWholeEvent(rest) && !seen.tail ? read(Buffer.concat([rest, Buffer.from('\n\n')])) : undefined;
    seen.finished ||= marks.finish?.test(lastText) ?? false;
    return passed;
  }

  function read(events: Buffer): Buffer | undefined {
    // One character a byte: searching a string is several times cheaper than searching a buffer.
    let text = events.toString('latin1');
    if (!isLikeEvents(text)) {
      seen.isGarbled = true;
      return undefined;
    }
    let passing = events;
    const done = marks.findEnd(text);
    if (done >= 0) {
      if (marks.endReports)
        readReports(marks, { text: text.slice(done), events: events.subarray(done), seen });
      seen.tail = events.subarray(done);
      passing = events.subarray(0, done);
      text = text.slice(0, done);
    }
    if (text === '') return undefined;
    lastText = text;
    measureText(text, marks.textKey, seen);
    readError(marks, { text, events: passing, seen });
    const hidden = readReports(marks, { text, events: passing, seen });
    if (options.hideUsage && hidden.length > 0) passing = leaveOut(passing, hidden);
    return passing.length > 0 ? passing : undefined;
  }

  return { push, end, seen };
}

/** Whether what a provider ended with, without its empty line, is an event nevertheless, and not the beginning of one. */
function isWholeEvent(rest: Buffer): boolean {
  if (rest.length === 0) return false;
  const text = rest.toString();
  const value = text.slice(text.lastIndexOf('data:') + 5).trim();
  if (!text.includes('data:')) return false;
  return value === '[DONE]' || parseObject(Buffer.from(value)) !== undefined;
}

/**
 * Whether all that is said stands in lines of events, and their values look like whole JSON objects. They are not parsed, for
 * that would cost more than all the rest: what is caught is a foreign body, and an event that was broken off.
 */
function isLikeEvents(text: string): boolean {
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf('\n', start);
    let end = feed < 0 ? text.length : feed;
    const next = end + 1;
    while (end > start && text.charCodeAt(end - 1) <= BLANK) end--;
    if (end > start && !isLikeLine(text, start, end)) return false;
    start = next;
  }
  return true;
}

const BLANK = 0x20;
const COLON = 0x3a;
const OBJECT_BEGINS = 0x7b;
const OBJECT_ENDS = 0x7d;

function isLikeLine(text: string, start: number, end: number): boolean {
  if (!text.startsWith('data:', start))
    return (
      text.charCodeAt(start) === COLON ||
      text.startsWith('event:', start) ||
      text.startsWith('id:', start) ||
      text.startsWith('retry:', start)
    );
  let from = start + 5;
  while (from < end && text.charCodeAt(from) <= BLANK) from++;
  if (text.charCodeAt(from) === OBJECT_BEGINS) return text.charCodeAt(end - 1) === OBJECT_ENDS;
  return from === end || text.startsWith('[DONE]', from);
}

function measureText(text: string, key: string, seen: Seen): void {
  for (let at = findValue(text, key, 0); at >= 0; at = findValue(text, key, at)) {
    const opening = text[at];
    const bytes = opening === '{' ? textBytesAt(text, at) : opening === '"' ? stringBytesAt(text, at) : 0;
    if (bytes <= 0) continue;
    seen.textBytes += bytes;
    seen.deltas++;
  }
}

type Reading = { text: string; events: Buffer; seen: Seen };

const ERROR = '"error"';
/** Behind the word, when it is a key with something in it, or when it is the event's own type. */
const ERROR_GOES_ON = /^[ \t]*(?::[ \t]*["{]|[,}])/;

function readError(marks: StreamMarks, { text, events, seen }: Reading): void {
  for (let at = text.indexOf(ERROR); at >= 0; at = text.indexOf(ERROR, at + ERROR.length)) {
    const next = at + ERROR.length;
    if (!ERROR_GOES_ON.test(text.slice(next, next + 16))) continue;
    const line = lineAround(text, at);
    const event = parseLine(events, line);
    const said = event && marks.errorIn(event);
    if (said !== undefined) seen.error = { said, bytes: events.subarray(line.start + 5, line.end) };
  }
}

type Span = { start: number; end: number };

/** Notes the usage in the events; gives the bounds of those that report nothing else. */
function readReports(marks: StreamMarks, { text, events, seen }: Reading): Span[] {
  const reports: Span[] = [];
  for (let at = findValue(text, '"usage"', 0); at >= 0; at = findValue(text, '"usage"', at)) {
    if (text[at] !== '{') continue;
    const line = lineAround(text, at);
    const event = parseLine(events, line);
    if (!event) continue;
    const before = seen.usage;
    const isReport = marks.noteUsage(event, seen);
    if (seen.usage !== before) at = line.end;
    if (isReport && line.eventEnd > 0) reports.push({ start: line.start, end: line.eventEnd });
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
