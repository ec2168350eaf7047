// Blocks cut into units that are never cut further: sentences, rows, lines, and words of sentences that are too long.
import type { TokenCounter } from './create-token-counter.ts';
import type { Block } from './scan-markdown.ts';

export type Unit = {
  kind: 'heading' | 'text' | 'table' | 'code';
  start: number;
  end: number;
  tokens: number;
  /** A piece of a word or of a row: it stands alone. */
  alone?: boolean;
  /** The header row that is repeated above rows of a table that come later; in tokens and place. */
  header?: { start: number; end: number; tokens: number };
};
export type Cut = { markdown: string; counter: TokenCounter; maxTokens: number };
type Span = { start: number; end: number };

/** So long a stretch without a space is cut anywhere. */
export const CHARACTERS_PER_TOKEN_MAX = 20;
const segmenter = new Intl.Segmenter('und', { granularity: 'sentence' });
/** The segmenter works on pieces of this length: what a sentence is does not depend on what is far away. */
const WINDOW = 20_000;

/** Cuts a block; each unit has at most `maxTokens`. */
export function cutUnits(block: Block, cut: Cut): Unit[] {
  if (block.kind === 'table') return cutTable(block, cut);
  if (block.kind === 'code') return cutSpans(listLineSpans(cut.markdown, block), 'code', cut);
  if (block.kind === 'heading') return cutSpans([block], 'heading', cut);
  const spans =
    block.kind === 'list' ? listLineSpans(cut.markdown, block) : [{ start: block.start, end: block.end }];
  return spans.flatMap((span) => cutProse(span, cut));
}

/** A paragraph whole if it is short, else its sentences. */
function cutProse(span: Span, cut: Cut): Unit[] {
  if (isShort(span, cut)) {
    const whole = toUnit(span, 'text', cut);
    if (whole.tokens <= cut.maxTokens / 2) return [whole];
  }
  return cutSpans(listSentences(cut.markdown, span), 'text', cut);
}

function toUnit({ start, end }: Span, kind: Unit['kind'], { markdown, counter }: Cut): Unit {
  return { kind, start, end, tokens: counter.count(markdown.slice(start, end)) };
}

function fits(unit: Unit, cut: Cut): boolean {
  return unit.tokens <= cut.maxTokens && isShort(unit, cut);
}

/** Whether a stretch may be one piece by its length; tokens of a longer one need not be counted. */
function isShort({ start, end }: Span, { maxTokens }: Cut): boolean {
  return end - start <= maxTokens * CHARACTERS_PER_TOKEN_MAX;
}

function cutSpans(spans: Span[], kind: Unit['kind'], cut: Cut): Unit[] {
  return spans.flatMap((span) => {
    const unit = isShort(span, cut) ? toUnit(span, kind, cut) : undefined;
    return unit && fits(unit, cut) ? [unit] : cutWords(span, kind, cut);
  });
}

/** A stretch that is too long, at the ends of words; a word that is too long, anywhere between characters. */
function cutWords(span: Span, kind: Unit['kind'], cut: Cut): Unit[] {
  const units: Unit[] = [];
  let open: Unit | undefined;
  for (const word of cut.counter.words(cut.markdown.slice(span.start, span.end))) {
    const start = span.start + word.start;
    const end = span.start + word.end;
    if (open && fits({ ...open, end, tokens: open.tokens + word.tokens }, cut)) {
      open.end = end;
      open.tokens += word.tokens;
      continue;
    }
    if (open) units.push(open);
    open = { kind, start, end, tokens: word.tokens };
    if (fits(open, cut)) continue;
    units.push(...cutWord({ start, end }, kind, cut));
    open = undefined;
  }
  if (open) units.push(open);
  return units;
}

function cutWord({ start, end }: Span, kind: Unit['kind'], cut: Cut): Unit[] {
  const units: Unit[] = [];
  for (let at = start; at < end; ) {
    let stop = Math.min(end, at + cut.maxTokens);
    // Not between the halves of a pair.
    if (stop < end && /[\udc00-\udfff]/.test(cut.markdown[stop]!)) stop--;
    while (stop - at > 2 && cut.counter.count(cut.markdown.slice(at, stop)) > cut.maxTokens)
      stop = at + Math.ceil((stop - at) / 2);
    if (stop < end && stop > at + 1 && /[\udc00-\udfff]/.test(cut.markdown[stop]!)) stop--;
    units.push({ ...toUnit({ start: at, end: stop }, kind, cut), alone: true });
    at = stop;
  }
  return units;
}

function listLineSpans(markdown: string, { start, end }: Span): Span[] {
  const spans: Span[] = [];
  for (let at = start; at < end; ) {
    const stop = markdown.indexOf('\n', at);
    const lineEnd = stop === -1 || stop > end ? end : stop;
    if (markdown.slice(at, lineEnd).trim() !== '') spans.push({ start: at, end: lineEnd });
    at = lineEnd + 1;
  }
  return spans;
}

/** Sentences; a line end inside a paragraph is a space, not the end of one. */
export function listSentences(markdown: string, { start, end }: Span): Span[] {
  const spans: Span[] = [];
  for (let at = start; at < end; ) {
    const window = markdown.slice(at, Math.min(end, at + WINDOW)).replaceAll('\n', ' ');
    const sentences = [...segmenter.segment(window)];
    // The last one of a window may go on behind it.
    const whole = at + WINDOW < end && sentences.length > 1 ? sentences.slice(0, -1) : sentences;
    for (const { segment, index } of whole) {
      const lead = segment.length - segment.trimStart().length;
      const words = segment.trim();
      if (words !== '') spans.push({ start: at + index + lead, end: at + index + lead + words.length });
    }
    const last = whole.at(-1)!;
    at += last.index + last.segment.length;
  }
  return spans;
}

function cutTable(block: Block, cut: Cut): Unit[] {
  const lines = listLineSpans(cut.markdown, block);
  const head = toUnit({ start: block.start, end: lines[1]?.end ?? block.end }, 'table', cut);
  // A header that fills half a piece leaves no place for rows: it is not repeated.
  const header =
    head.tokens <= cut.maxTokens / 2 && fits(head, cut)
      ? { start: head.start, end: head.end, tokens: head.tokens }
      : undefined;
  const room = { ...cut, maxTokens: cut.maxTokens - (header?.tokens ?? 0) };
  const rows = lines.slice(2).flatMap((line) => {
    const row = toUnit(line, 'table', cut);
    if (fits(row, room)) return [header ? { ...row, header } : row];
    return cutWords(line, 'table', cut).map((piece) => ({ ...piece, alone: true }));
  });
  return [...(header ? [head] : cutWords(head, 'table', cut)), ...rows];
}
