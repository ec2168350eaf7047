// Pages whose text runs in columns: where a gap goes down through many lines and there is prose on both sides, the left side
// is read first. Gaps between short texts are those of tables and stay.
import { type Line, makeLine } from './lay-out-lines.ts';

const LINES_MIN = 6;
/** In sizes of the font. */
const GUTTER_MIN = 0.9;
/** Characters of a line that make it prose and not a cell, in the middle of all lines. */
const PROSE = 24;
const DEEPEST = 4;

type Gutter = { from: number; to: number; first: number; end: number };

/** Lines in the order of reading. */
export function orderColumns(lines: Line[], depth = 0): Line[] {
  if (depth >= DEEPEST || lines.length < LINES_MIN) return lines;
  for (let first = 0; first < lines.length; first++) {
    const gutter = findGutter(lines, first);
    if (!gutter) continue;
    const inside = lines.slice(gutter.first, gutter.end);
    const [left, right] = split(inside, (gutter.from + gutter.to) / 2);
    return [
      ...lines.slice(0, gutter.first),
      ...orderColumns(left, depth + 1),
      ...orderColumns(right, depth + 1),
      ...orderColumns(lines.slice(gutter.end), depth + 1),
    ];
  }
  return lines;
}

/** The gap that begins in a line and goes down as far as no line crosses it. */
function findGutter(lines: Line[], first: number): Gutter | undefined {
  const { segments, size } = lines[first]!;
  for (const [i, segment] of segments.slice(0, -1).entries()) {
    const gutter = { from: segment.right, to: segments[i + 1]!.left, first, end: first + 1 };
    // Lines above belong to the columns as well when they stand on one side of the gap.
    for (; gutter.end < lines.length && narrow(gutter, lines[gutter.end]!, size); gutter.end++);
    while (
      gutter.first > 0 &&
      isBeside(lines[gutter.first - 1]!, gutter) &&
      narrow(gutter, lines[gutter.first - 1]!, size)
    )
      gutter.first--;
    if (
      gutter.end - gutter.first >= LINES_MIN &&
      isProse(lines.slice(gutter.first, gutter.end), (gutter.from + gutter.to) / 2)
    )
      return gutter;
  }
  return undefined;
}

function isBeside(line: Line, { from, to }: Gutter): boolean {
  return line.segments.length > 1 || line.right <= from + 1 || line.left >= to - 1;
}

/** Takes a line into the gutter if enough of the gap remains. */
function narrow(gutter: Gutter, line: Line, size: number): boolean {
  let { from, to } = gutter;
  const middle = (from + to) / 2;
  for (const { left, right } of line.segments) {
    if (right <= middle) from = Math.max(from, right);
    else if (left >= middle) to = Math.min(to, left);
    else return false;
  }
  if (to - from < size * GUTTER_MIN) return false;
  gutter.from = from;
  gutter.to = to;
  return true;
}

function split(lines: Line[], middle: number): [Line[], Line[]] {
  const side = (wanted: (left: number) => boolean) =>
    lines.flatMap((line) => {
      const own = line.segments.filter(({ left }) => wanted(left));
      return own.length > 0 ? [makeLine(own, line.bottom)] : [];
    });
  return [side((left) => left < middle), side((left) => left >= middle)];
}

function isProse(lines: Line[], middle: number): boolean {
  return split(lines, middle).every((side) => {
    if (side.length < LINES_MIN) return false;
    const lengths = side.map(({ text }) => text.length).sort((a, b) => a - b);
    const alone = side.filter(({ segments }) => segments.length === 1).length;
    return lengths[Math.floor(lengths.length / 2)]! >= PROSE && alone >= side.length * 0.7;
  });
}
