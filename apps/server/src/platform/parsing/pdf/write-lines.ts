// Lines as Markdown: headings by the size of their letters, lists, tables, code, and paragraphs whose words were parted by
// the ends of lines.
import { joinBlocks, oneLine, writeCode, writeHeading, writeTable } from '../text/markdown.ts';
import { findTables } from './find-tables.ts';
import { joinLines } from './join-lines.ts';
import type { Line } from './lay-out-lines.ts';

/** What is known of the whole document. */
export type Manuscript = {
  /** The size of most of its letters. */
  bodySize: number;
  /** The distance of most lines from the one above, in sizes of their letters. */
  leading: number;
  /** The sizes of headings from the largest to the smallest. */
  headingSizes: number[];
  /** Words that stand in one line, to tell a hyphen of a word from one at the end of a line. */
  words: ReadonlySet<string>;
  /** Whether most of the text has letters of one width, so that these do not mark code. */
  mono: boolean;
};

const MARK = /^([•●▪■◦‣∙○–—-]|\uf0b7|\u2022)\s+/;
const NUMBER = /^(\d{1,3}[.)]|\(?[a-z][.)])\s+\S/;
const HEADING_WORDS = 16;
/** Characters of a heading that may have been too long for its line. */
const FULL_HEADING = 40;
/** A line drawn with characters. */
const DRAWN = /^[-=_*~.·—–\s]{4,}$/;
/** Of the usual distance of lines: more space above a line begins a paragraph. */
const PARAGRAPH_GAP = 1.25;

type Kind = 'heading' | 'text' | 'list' | 'code';
type Paragraph = { lines: Line[]; kind: Kind };
/** Where prose ends on its page, and what is known of the document. */
type Place = { right: number; manuscript: Manuscript };

/** Writes lines that are in the order of reading. */
export function writeLines(lines: readonly Line[], manuscript: Manuscript): string {
  const blocks: string[] = [];
  let at = 0;
  for (const table of findTables(lines)) {
    blocks.push(...writeProse(lines.slice(at, table.first), manuscript));
    blocks.push(writeTable(table.rows));
    at = table.end;
  }
  blocks.push(...writeProse(lines.slice(at), manuscript));
  return joinBlocks(blocks);
}

function writeProse(lines: readonly Line[], manuscript: Manuscript): string[] {
  const right = Math.max(0, ...lines.map((line) => line.right));
  const place = { right, manuscript };
  const paragraphs: Paragraph[] = [];
  let drawn = true;
  for (const line of lines) {
    if (DRAWN.test(line.text)) {
      drawn = true;
      continue;
    }
    const kind = kindOf(line, manuscript);
    const last = paragraphs.at(-1);
    if (last && !drawn && goesOn(last, { line, kind }, place)) last.lines.push(line);
    else paragraphs.push({ lines: [line], kind });
    drawn = false;
  }
  return calmHeadings(paragraphs).map((paragraph) => writeParagraph(paragraph, place));
}

function kindOf(line: Line, { bodySize, mono: allMono }: Manuscript): Kind {
  if (isHeading(line, bodySize)) return 'heading';
  if (MARK.test(line.text) || NUMBER.test(line.text)) return 'list';
  return !allMono && line.segments.every(({ mono }) => mono) ? 'code' : 'text';
}

function isHeading(line: Line, bodySize: number): boolean {
  const words = line.text.split(/\s+/).length;
  if (words > HEADING_WORDS || !/\p{L}{2}/u.test(line.text)) return false;
  if (line.size >= bodySize * 1.15) return true;
  const short = line.segments.length <= 2 && line.text.length <= 100;
  return (
    line.bold && short && line.size >= bodySize * 0.95 && !/[.,;]$/.test(line.text) && !MARK.test(line.text)
  );
}

/** Three lines of headings right below each other are an address or a label, and no headings. */
function calmHeadings(paragraphs: Paragraph[]): Paragraph[] {
  const calm: Paragraph[] = [];
  for (let i = 0; i < paragraphs.length; ) {
    let end = i + 1;
    while (end < paragraphs.length && isSameStyle(paragraphs[end - 1]!, paragraphs[end]!)) end++;
    const run = paragraphs.slice(i, end);
    if (run.length >= 3) calm.push({ kind: 'text', lines: run.flatMap(({ lines }) => lines) });
    else calm.push(...run);
    i = end;
  }
  return calm;
}

function isSameStyle(a: Paragraph, b: Paragraph): boolean {
  if (a.kind !== 'heading' || b.kind !== 'heading') return false;
  const [last, next] = [a.lines.at(-1)!, b.lines[0]!];
  const gap = next.bottom - last.bottom;
  return Math.abs(last.size - next.size) < 0.3 && gap > 0 && gap < next.size * 1.5;
}

function goesOn({ lines, kind }: Paragraph, next: { line: Line; kind: Kind }, place: Place): boolean {
  const { line } = next;
  const last = lines.at(-1)!;
  const gap = line.bottom - last.bottom;
  if (next.kind === 'heading' || kind === 'heading') {
    const full = last.text.length > FULL_HEADING;
    const alike = kind === next.kind && Math.abs(line.size - last.size) < 0.5 && line.bold === last.bold;
    return alike && full && lines.length < 3 && gap > 0 && gap < line.size * 1.4;
  }
  // A line further up is the next column of the same text.
  const usual = Math.max(line.size, last.size) * place.manuscript.leading;
  const near = gap <= 0 ? isUnfinished(last) : gap < usual * PARAGRAPH_GAP;
  if (!near || Math.abs(line.size - last.size) > last.size * 0.2) return false;
  if (kind === 'code' || next.kind === 'code') return kind === next.kind;
  return next.kind === 'text';
}

function isUnfinished(line: Line): boolean {
  return /[\p{Ll},;-]$/u.test(line.text);
}

function writeParagraph({ lines, kind }: Paragraph, { right, manuscript }: Place): string {
  if (kind === 'code') return writeCode(lines.map(({ text }) => text).join('\n'));
  if (kind === 'heading')
    return writeHeading(
      levelOf(lines[0]!, manuscript),
      joinLines(lines, manuscript.words, Number.NEGATIVE_INFINITY),
    );
  const text = joinLines(lines, manuscript.words, right);
  if (kind === 'list') return text.replace(MARK, '- ').replaceAll('\n', ' ');
  return oneLine(text) === '' ? '' : text;
}

function levelOf(line: Line, { headingSizes, bodySize }: Manuscript): number {
  if (line.size < bodySize * 1.15) return Math.min(6, headingSizes.length + 1);
  const at = headingSizes.findIndex((size) => line.size >= size - 0.4);
  return at === -1 ? headingSizes.length : at + 1;
}
