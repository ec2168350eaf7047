// Runs put together to lines: what stands on one height and close together is a segment; wide gaps part cells and columns.
import type { GlyphRun } from './glyph-run.ts';

export type Segment = {
  text: string;
  left: number;
  right: number;
  size: number;
  bold: boolean;
  mono: boolean;
};
export type Line = {
  segments: Segment[];
  left: number;
  right: number;
  bottom: number;
  size: number;
  bold: boolean;
  text: string;
};

/** In sizes of the font. */
const SAME_LINE = 0.45;
const JOIN_GAP = 0.12;
const WORD_GAP = 0.75;
const RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/g;

/** Lines from top to bottom, each with its segments from left to right. */
export function layOutLines(runs: readonly GlyphRun[]): Line[] {
  const sorted = runs.filter(({ turned }) => !turned).sort((a, b) => a.bottom - b.bottom || a.left - b.left);
  const rows: GlyphRun[][] = [];
  let height = Number.NEGATIVE_INFINITY;
  for (const run of sorted) {
    const row = rows.at(-1);
    const size = row ? Math.max(run.size, ...row.slice(-4).map((one) => one.size)) : run.size;
    if (row && run.bottom - height < size * SAME_LINE) row.push(run);
    else {
      rows.push([run]);
      height = run.bottom;
    }
    // The height of a line is that of its largest letters, not of a raised mark.
    if (row && rows.at(-1) === row && run.size >= size) height = run.bottom;
  }
  return rows.map(toLine);
}

/** A line made of some segments of another. */
export function makeLine(segments: Segment[], bottom: number): Line {
  const characters = segments.reduce((sum, { text }) => sum + text.length, 0);
  const bold = segments.reduce((sum, one) => sum + (one.bold ? one.text.length : 0), 0);
  const largest = segments.reduce((best, one) => (one.text.length > best.text.length ? one : best));
  return {
    segments,
    bottom,
    left: Math.min(...segments.map(({ left }) => left)),
    right: Math.max(...segments.map(({ right }) => right)),
    size: largest.size,
    bold: bold > characters * 0.9,
    text: segments.map(({ text }) => text).join(' '),
  };
}

function toLine(row: GlyphRun[]): Line {
  const segments: Segment[] = [];
  let weight = 0;
  for (const run of dropDoubles(row.sort((a, b) => a.left - b.left))) {
    const last = segments.at(-1);
    const size = Math.max(run.size, last?.size ?? 0);
    const gap = last ? run.left - last.right : Number.POSITIVE_INFINITY;
    if (!last || gap > size * WORD_GAP) {
      segments.push({ ...run });
      weight = run.bold ? run.text.length : 0;
      continue;
    }
    last.text += gap > size * JOIN_GAP ? ` ${run.text}` : run.text;
    last.right = Math.max(last.right, run.right);
    weight += run.bold ? run.text.length : 0;
    last.bold = weight > last.text.length * 0.8;
    last.mono &&= run.mono;
    if (run.size > last.size) last.size = run.size;
  }
  const bottom = row.reduce((best, run) => (run.text.length > best.text.length ? run : best)).bottom;
  return makeLine(
    segments.map(({ text, left, right, size, bold, mono }) => ({
      text: readOrder(text),
      left,
      right,
      size,
      bold,
      mono,
    })),
    bottom,
  );
}

/** Bold that was made by writing the same twice, a little beside itself, is one run. */
function dropDoubles(row: GlyphRun[]): GlyphRun[] {
  return row.filter((run, i) => {
    const last = row[i - 1];
    return !(last && last.text === run.text && Math.abs(last.left - run.left) < run.size * 0.15);
  });
}

/** Hebrew and Arabic are drawn from left to right too, that is backwards. */
function readOrder(text: string): string {
  const plain = text.replace(/[\ufb00-\ufb06]/g, (ligature) => ligature.normalize('NFKC'));
  if ((plain.match(RTL)?.length ?? 0) < plain.length * 0.3) return plain;
  const turned = [...plain].reverse().join('');
  return turned.replace(/[^\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\s]{2,}/g, (run) =>
    [...run].reverse().join(''),
  );
}
