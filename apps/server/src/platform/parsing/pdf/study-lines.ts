// What all pages of a document have in common: the size of its text, the distance of its lines, its headings and its words.
import type { Line } from './lay-out-lines.ts';
import type { Manuscript } from './write-lines.ts';

/** In sizes of the body: letters so much larger are those of headings. */
const HEADING_SIZE = 1.15;
const LEVELS_MAX = 5;
const USUAL_LEADING = 1.2;

/** Studies the lines of all pages. */
export function studyLines(pages: readonly (readonly Line[])[]): Manuscript {
  const lines = pages.flat();
  const sizes = weigh(lines.map(({ size, text }) => [Math.round(size * 2) / 2, text.length]));
  const bodySize = mostOf(sizes) ?? 10;
  const headings = [...sizes.keys()].filter((size) => size >= bodySize * HEADING_SIZE).sort((a, b) => b - a);
  const gaps = pages.flatMap((page) => page.slice(1).flatMap((line, i) => gapOf(page[i]!, line, bodySize)));
  return {
    bodySize,
    leading: mostOf(weigh(gaps.map((gap) => [gap, 1]))) ?? USUAL_LEADING,
    // Sizes that hardly differ are one level.
    headingSizes: headings
      .filter((size, i) => i === 0 || headings[i - 1]! - size >= 0.5)
      .slice(0, LEVELS_MAX),
    words: new Set(
      lines.flatMap(({ text }) => text.toLowerCase().match(/\p{L}+(-\p{L}+)*(?=[\s.,;:!?)])/gu) ?? []),
    ),
    mono: lines.filter(({ segments }) => segments.every((one) => one.mono)).length > lines.length * 0.4,
  };
}

function weigh(pairs: readonly (readonly [value: number, weight: number])[]): Map<number, number> {
  const weights = new Map<number, number>();
  for (const [value, weight] of pairs) weights.set(value, (weights.get(value) ?? 0) + weight);
  return weights;
}

function mostOf(weights: ReadonlyMap<number, number>): number | undefined {
  let best: number | undefined;
  for (const [value, weight] of weights) if (best === undefined || weight > weights.get(best)!) best = value;
  return best;
}

/** The distance of two lines of the body in sizes of their letters; lines of other sizes and far ones say nothing. */
function gapOf(above: Line, line: Line, bodySize: number): number[] {
  const gap = Math.round(((line.bottom - above.bottom) / line.size) * 20) / 20;
  const body = Math.abs(line.size - bodySize) < 0.5 && Math.abs(above.size - bodySize) < 0.5;
  return body && gap > 0.8 && gap < 2.5 ? [gap] : [];
}
