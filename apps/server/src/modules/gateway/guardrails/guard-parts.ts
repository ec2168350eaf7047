// A stream of parts with guardrails on it. Text leaves when it has been read; tool calls leave whole; raw chunks of the
// provider, which would carry everything past the guard, never leave. A block ends the stream with the reason, at once.
import type {
  LanguageModelV4Content,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import { BLOCKED, type GuardState, guardContent, noteFindings } from './create-guard.ts';
import { type HeldText, holdText } from './hold-text.ts';
import { judgeTexts } from './judge-texts.ts';
import { judgeFound } from './scan-texts.ts';

type Part = LanguageModelV4StreamPart;
type Written = { kind: 'text' | 'reasoning'; held: HeldText; restoring: string };
type Stream = { state: GuardState; written: Map<string, Written>; tools: Map<string, string> };

/** Thrown inside to leave the stream. */
class Blocked extends Error {}

const WINDOW_CHARACTERS = 800;
const unknownUsage: LanguageModelV4Usage = {
  inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};

/** The guarded stream; cancelling it, and a block, cancel the stream it reads. */
export function guardParts(state: GuardState, parts: ReadableStream<Part>): ReadableStream<Part> {
  const { text, model } = state.guards.output;
  if (text.length === 0 && model.length === 0 && !state.masks.hasOriginals()) return parts;
  return ReadableStream.from(readGuarded({ state, written: new Map(), tools: new Map() }, parts));
}

async function* readGuarded(stream: Stream, parts: ReadableStream<Part>): AsyncGenerator<Part> {
  try {
    for await (const part of parts) {
      // What is written must be out before the end is told.
      if (part.type === 'finish') yield* flushAll(stream);
      yield* guardPart(stream, part);
    }
  } catch (error) {
    yield* endOpen(stream);
    if (error instanceof Blocked) yield { type: 'finish', usage: unknownUsage, finishReason: BLOCKED };
    else {
      yield { type: 'error', error };
      yield { type: 'finish', usage: unknownUsage, finishReason: { unified: 'error', raw: undefined } };
    }
  }
}

async function* guardPart(stream: Stream, part: Part): AsyncGenerator<Part> {
  if (part.type === 'raw') return;
  if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
    const delta = await writeOn(stream, { part, delta: part.delta, isEnd: false });
    if (delta !== '') yield { ...part, delta };
  } else if (part.type === 'text-end' || part.type === 'reasoning-end') {
    yield* endWritten(stream, part);
    stream.written.delete(keyOf(part));
  } else if (part.type === 'text-start' || part.type === 'reasoning-start') {
    findWritten(stream, part);
    yield part;
  } else if (part.type === 'tool-input-delta')
    stream.tools.set(part.id, (stream.tools.get(part.id) ?? '') + part.delta);
  else if (part.type === 'tool-input-end') yield* endToolInput(stream, part);
  else if (part.type === 'tool-call' || part.type === 'tool-result') yield* guardWhole(stream, part);
  else yield part;
}

type TextPart = Extract<Part, { type: `${'text' | 'reasoning'}-${'start' | 'delta' | 'end'}` }>;
const kindOf = (part: TextPart) => (part.type.startsWith('text') ? 'text' : 'reasoning');
const keyOf = (part: TextPart) => `${kindOf(part)} ${part.id}`;

function findWritten(stream: Stream, part: TextPart): Written {
  const known = stream.written.get(keyOf(part));
  if (known) return known;
  const { state } = stream;
  const { text, model } = state.guards.output;
  const held = holdText(
    (whole) => {
      const judged = judgeTexts(state.deps, state.place, {
        guards: state.guards,
        phase: 'output',
        texts: [whole],
      });
      return judged instanceof Promise ? judged.then(([found]) => found!) : judged[0]!;
    },
    {
      holdCharacters: text.reduce((most, rule) => Math.max(most, rule.holdCharacters), 0),
      windowCharacters: model.length > 0 ? WINDOW_CHARACTERS : 0,
    },
  );
  const written: Written = { kind: kindOf(part), held, restoring: '' };
  stream.written.set(keyOf(part), written);
  return written;
}

/** What may be shown after `delta`; throws when it is blocked. */
async function writeOn(
  stream: Stream,
  { part, delta, isEnd }: { part: TextPart; delta: string; isEnd: boolean },
): Promise<string> {
  const { state } = stream;
  const written = findWritten(stream, part);
  const release = await written.held.add(delta, isEnd);
  if (release.found.length > 0) {
    const { text, found, at: startsAt } = release;
    noteFindings(state, { phase: 'output', texts: [text], found: [found], startsAt });
    if (judgeFound(release.found) === 'block') throw new Blocked();
  }
  const masked =
    release.found.length > 0 ? state.masks.mask(release.text, release.found, false) : release.text;
  const ready = written.restoring + masked;
  const length = isEnd ? ready.length : state.masks.restorableLength(ready);
  written.restoring = ready.slice(length);
  return state.masks.restore(ready.slice(0, length));
}

async function* endWritten(
  stream: Stream,
  part: Extract<TextPart, { type: 'text-end' | 'reasoning-end' }>,
): AsyncGenerator<Part> {
  const delta = await writeOn(stream, { part, delta: '', isEnd: true });
  const type = part.type === 'text-end' ? 'text-delta' : 'reasoning-delta';
  if (delta !== '') yield { type, id: part.id, delta };
  if (part.type === 'text-end' && part.citations) {
    const { citations: _read, ...rest } = part;
    yield rest;
  } else yield part;
}

/** Texts that the provider left open. */
async function* flushAll(stream: Stream): AsyncGenerator<Part> {
  for (const [key, { kind }] of stream.written) {
    const id = key.slice(kind.length + 1);
    yield* endWritten(stream, { type: `${kind}-end`, id });
  }
  stream.written.clear();
}

/** Ends what is open without what was held back. */
function* endOpen(stream: Stream): Generator<Part> {
  for (const [key, { kind }] of stream.written) yield { type: `${kind}-end`, id: key.slice(kind.length + 1) };
  stream.written.clear();
}

async function* endToolInput(
  stream: Stream,
  part: Extract<Part, { type: 'tool-input-end' }>,
): AsyncGenerator<Part> {
  const input = stream.tools.get(part.id) ?? '';
  stream.tools.delete(part.id);
  const call = { type: 'tool-call' as const, toolCallId: part.id, toolName: '', input };
  const [guarded] = await guardOne(stream, call);
  if (guarded?.type === 'tool-call' && guarded.input !== '')
    yield { type: 'tool-input-delta', id: part.id, delta: guarded.input };
  yield part;
}

async function* guardWhole(
  stream: Stream,
  part: Extract<Part, { type: 'tool-call' | 'tool-result' }>,
): AsyncGenerator<Part> {
  for (const own of await guardOne(stream, part)) yield own as Part;
}

async function guardOne(stream: Stream, part: LanguageModelV4Content): Promise<LanguageModelV4Content[]> {
  const { verdict, content } = await guardContent(stream.state, [part]);
  if (verdict === 'block') throw new Blocked();
  return content;
}
