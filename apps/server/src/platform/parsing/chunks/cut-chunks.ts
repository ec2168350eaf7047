// Pieces that follow the structure of a document: a heading begins one, small neighbours are joined, sentences stay whole,
// tables are split by rows below a repeated header. No piece has more tokens than it may.
import type { Chunk, Split } from '../document.ts';
import type { TokenCounter } from './create-token-counter.ts';
import { CHARACTERS_PER_TOKEN_MAX, type Cut, cutUnits, type Unit } from './cut-units.ts';
import { scanMarkdown } from './scan-markdown.ts';

export type CutOptions = {
  split: Split;
  counter: TokenCounter;
  /** The page at an offset, where the document has pages. */
  pageAt(offset: number): number | null;
};
type Placed = Unit & { path: string[] };
/** The units of the next piece; the first `stale` of them stand in the piece before it, too. */
type Open = { units: Placed[]; stale: number };
type State = Cut & {
  tokens: number;
  overlapTokens: number;
  chunks: Chunk[];
  open: Open;
  pageAt: CutOptions['pageAt'];
};

const TITLE_MAX = 200;

/** Cuts Markdown into pieces and counts its tokens; `split` is taken as at least 16 tokens, with an overlap of at most half. */
export function cutChunks(
  markdown: string,
  { split, counter, pageAt }: CutOptions,
): { chunks: Chunk[]; tokens: number } {
  const maxTokens = Math.max(16, Math.floor(split.maxTokens));
  const overlapTokens = Math.min(Math.floor(maxTokens / 2), Math.max(0, Math.floor(split.overlapTokens)));
  const state: State = {
    ...{ markdown, counter, maxTokens, overlapTokens, pageAt },
    ...{ tokens: 0, chunks: [], open: { units: [], stale: 0 } },
  };
  const path: string[] = [];
  for (const block of scanMarkdown(markdown)) {
    if (block.level !== undefined) {
      path.length = Math.min(path.length, block.level - 1);
      while (path.length < block.level - 1) path.push('');
      path.push((block.title ?? '').slice(0, TITLE_MAX).toWellFormed());
    }
    const place = path.filter((title) => title !== '');
    for (const unit of cutUnits(block, state)) {
      state.tokens += unit.tokens;
      addUnit(state, { ...unit, path: place });
    }
  }
  if (state.open.units.length > state.open.stale) state.chunks.push(toChunk(state, state.open.units));
  return { chunks: state.chunks, tokens: state.tokens };
}

function addUnit(state: State, unit: Placed): void {
  const last = state.open.units.at(-1);
  if (last && mustBreak(state, last, unit)) {
    const goesOn =
      unit.kind === 'text' && last.kind === 'text' && samePath(last.path, unit.path) && !unit.alone;
    close(state, goesOn);
    makeRoom(state, unit);
  }
  state.open.units.push(unit);
  if (unit.alone) close(state, false);
}

function mustBreak(state: State, last: Placed, unit: Placed): boolean {
  const { units } = state.open;
  if (unit.alone || last.alone || isOver(state, unit)) return true;
  if (units.every(({ kind }) => kind === 'heading')) return false;
  const tokens = sumTokens(units);
  if (unit.kind === 'heading')
    return last.kind === 'table' || tokens >= state.maxTokens / 2 || leavesBranch(state, unit);
  if (last.kind === 'heading') return unit.kind === 'table';
  if ((unit.kind === 'table') !== (last.kind === 'table')) return true;
  return (unit.kind === 'code') !== (last.kind === 'code') && tokens + unit.tokens > state.maxTokens / 2;
}

function isOver(state: State, unit: Placed): boolean {
  const { units } = state.open;
  const characters = unit.end - (units[0]?.start ?? unit.start);
  return (
    sumTokens([...units, unit]) > state.maxTokens || characters > state.maxTokens * CHARACTERS_PER_TOKEN_MAX
  );
}

/** Small sections are joined with their neighbours below the same heading; one that goes up begins a piece sooner. */
function leavesBranch(state: State, unit: Placed): boolean {
  const { units } = state.open;
  const first = units[0]!.path;
  const stays = unit.path.slice(0, -1).every((title, i) => first[i] === title);
  return !stays || (unit.path.length < first.length && sumTokens(units) >= state.maxTokens / 4);
}

/** What was kept from the piece before gives way to what is new; headings that leave no room become a piece. */
function makeRoom(state: State, unit: Placed): void {
  const { open } = state;
  while (open.stale > 0 && isOver(state, unit)) {
    open.units.shift();
    open.stale--;
  }
  if (open.units.length > 0 && (unit.alone || isOver(state, unit))) {
    state.chunks.push(toChunk(state, open.units));
    state.open = { units: [], stale: 0 };
  }
}

function samePath(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((title, i) => title === b[i]);
}

function sumTokens(units: Unit[]): number {
  const header = units[0]?.header?.tokens ?? 0;
  return units.reduce((sum, { tokens }) => sum + tokens, header);
}

/** Makes a piece of what is open; headings at its end go to the next one, or else its last sentences if `overlap` says so. */
function close(state: State, overlap: boolean): void {
  const { units, stale } = state.open;
  const body = units.findLastIndex(({ kind }) => kind !== 'heading') + 1;
  const own = body === 0 ? units : units.slice(0, body);
  const headings = units.slice(own.length);
  if (own.length > stale) state.chunks.push(toChunk(state, own));
  const kept = headings.length === 0 && overlap ? takeOverlap(own, state.overlapTokens) : [];
  state.open = { units: [...kept, ...headings], stale: kept.length };
}

function takeOverlap(units: Placed[], overlapTokens: number): Placed[] {
  const taken: Placed[] = [];
  let tokens = 0;
  for (const unit of units.slice(1).reverse()) {
    tokens += unit.tokens;
    if (unit.kind !== 'text' || unit.alone || tokens > overlapTokens) break;
    taken.unshift(unit);
  }
  return taken;
}

function toChunk(state: State, units: Placed[]): Chunk {
  const first = units[0]!;
  const start = first.start;
  const end = units.at(-1)!.end;
  const { header } = first;
  const body = state.markdown.slice(start, end);
  const text = header ? `${state.markdown.slice(header.start, header.end)}\n${body}` : body;
  const contents = units.filter(({ kind }) => kind !== 'heading');
  const kinds = new Set(contents.map(({ kind }) => kind));
  return {
    seq: state.chunks.length,
    text,
    kind: kinds.has('table') ? 'table' : kinds.size === 1 && kinds.has('code') ? 'code' : 'text',
    heading_path: commonPath(contents.length > 0 ? contents : units),
    page_start: state.pageAt(start),
    page_end: state.pageAt(Math.max(start, end - 1)),
    start_offset: start,
    end_offset: end,
    tokens: state.counter.count(text),
  };
}

function commonPath(units: Placed[]): string[] {
  const [first, ...others] = units.map(({ path }) => path);
  const differs = (first ?? []).findIndex((title, i) => others.some((path) => path[i] !== title));
  return differs === -1 ? (first ?? []) : first!.slice(0, differs);
}
