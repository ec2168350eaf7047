// Tables of a page, found by where their cells stand: lines below each other with several segments, which share columns.
import type { Line, Segment } from './lay-out-lines.ts';

export type Table = { first: number; end: number; rows: string[][] };
type Column = { left: number; right: number };

/** In sizes of the font: lines further apart do not belong to one table, closer ones than this are one row of two lines. */
const ROW_GAP = 3.4;
const ROWS_MIN = 2;
/** Columns in a table of two rows only; with more rows two columns are enough. */
const FEW_ROWS_COLUMNS = 3;

/** Finds the tables among lines that are in the order of reading. */
export function findTables(lines: readonly Line[]): Table[] {
  const tables: Table[] = [];
  for (let i = 0; i < lines.length; ) {
    const end = endOfRun(lines, i);
    const table = end > i + 1 ? makeTable(lines, i, end) : undefined;
    if (table) tables.push(table);
    i = table ? table.end : Math.max(i + 1, end === i ? i + 1 : i + 1);
  }
  return tables;
}

/** The end of the lines from `start` that may be one table: it begins and ends with a line of several segments. */
function endOfRun(lines: readonly Line[], start: number): number {
  if (lines[start]!.segments.length < 2) return start;
  let end = start + 1;
  let columns = columnsOf([lines[start]!]);
  for (let i = start + 1; i < lines.length; i++) {
    const line = lines[i]!;
    const gap = line.bottom - lines[i - 1]!.bottom;
    if (gap <= 0 || gap > Math.max(line.size, lines[i - 1]!.size) * ROW_GAP) break;
    if (isCaption(line, lines[start]!)) break;
    if (line.segments.length >= 2) {
      if (!shares(line, columns)) break;
      columns = columnsOf(lines.slice(start, i + 1));
      end = i + 1;
    } else if (!isCell(line, columns) && !isRemark(lines[i + 1], columns)) break;
  }
  return end;
}

/** A larger bold line is the title of what follows. */
function isCaption(line: Line, first: Line): boolean {
  return line.segments.length === 1 && line.bold && line.size > first.size * 1.1;
}

/** A line across the columns of a wide table belongs to it when the rows go on behind it. */
function isRemark(next: Line | undefined, columns: Column[]): boolean {
  if (!next || columns.length < 4) return false;
  const single = next.segments.filter(
    (segment) => columns.filter((column) => overlaps(segment, column)).length === 1,
  );
  return single.length >= Math.max(3, columns.length * 0.6);
}

/** A line of one segment is a cell if it stands below one column and is no wider. */
function isCell(line: Line, columns: Column[]): boolean {
  const over = columns.filter((column) => overlaps(line, column));
  return over.length <= 1 && line.right - line.left < (columns.at(-1)!.right - columns[0]!.left) * 0.6;
}

/** Whether a line can be a row below columns: at least two of its segments have a column of their own. */
function shares(line: Line, columns: Column[]): boolean {
  const hit = new Set<number>();
  let spans = 0;
  for (const segment of line.segments) {
    const over = columns.flatMap((column, i) => (overlaps(segment, column) ? [i] : []));
    if (over.length === 1) hit.add(over[0]!);
    if (over.length > 1) spans++;
  }
  // Two halves of a form whose lines stand at different heights share nothing, and are one table all the same.
  return hit.size >= 2 || (hit.size >= 1 && spans <= 1) || spans === 0;
}

function overlaps(a: Column, b: Column): boolean {
  return Math.min(a.right, b.right) - Math.max(a.left, b.left) > -1;
}

/** Columns are what segments share. Those of lines with many segments are found first; one that spans several is no column. */
function columnsOf(lines: readonly Line[]): Column[] {
  const sorted = [...lines].sort((a, b) => b.segments.length - a.segments.length);
  const columns: Column[] = [];
  for (const line of sorted) for (const segment of line.segments) addToColumns(columns, segment);
  return columns.sort((a, b) => a.left - b.left);
}

function addToColumns(columns: Column[], segment: Segment): void {
  const over = columns.filter((column) => overlaps(segment, column));
  if (over.length > 1) return;
  const [column] = over;
  if (!column) columns.push({ left: segment.left, right: segment.right });
  else {
    // A column may grow, but not into its neighbour.
    const left = Math.min(column.left, segment.left);
    const right = Math.max(column.right, segment.right);
    const free = columns.every((other) => other === column || !overlaps({ left, right }, other));
    if (free) Object.assign(column, { left, right });
  }
}

function makeTable(lines: readonly Line[], first: number, end: number): Table | undefined {
  const own = lines.slice(first, end);
  const columns = columnsOf(own);
  const multiple = own.filter(({ segments }) => segments.length >= 2).length;
  if (columns.length < 2 || multiple < ROWS_MIN) return undefined;
  if (multiple === ROWS_MIN && columns.length < FEW_ROWS_COLUMNS) return undefined;
  if (isList(own) || isProse(own)) return undefined;
  return { first, end, rows: makeRows(own, columns) };
}

/** Marks of a list are no column. */
function isList(lines: readonly Line[]): boolean {
  const marked = lines.filter(
    ({ segments }) =>
      segments.length === 2 && /^([•●▪◦‣∙·*–—-]|\(?[0-9a-z]{1,3}[.)])$/i.test(segments[0]!.text),
  );
  return marked.length > lines.length * 0.4 && lines.every(({ segments }) => segments.length <= 2);
}

/** Lines of prose that are justified so widely that gaps open between words. */
function isProse(lines: readonly Line[]): boolean {
  const long = lines.filter(({ segments, text }) => segments.length <= 2 && text.length > 90);
  return long.length > lines.length * 0.5;
}

function makeRows(lines: readonly Line[], columns: Column[]): string[][] {
  const rows: string[][] = [];
  const gaps = lines
    .slice(1)
    .map((line, i) => line.bottom - lines[i]!.bottom)
    .sort((a, b) => a - b);
  const usual = gaps[Math.floor(gaps.length / 2)] ?? 0;
  for (const [i, line] of lines.entries()) {
    const cells = columns.map(() => '');
    for (const segment of line.segments) {
      const at = bestColumn(segment, columns);
      cells[at] = cells[at] === '' ? segment.text : `${cells[at]} ${segment.text}`;
    }
    const gap = i === 0 ? Number.POSITIVE_INFINITY : line.bottom - lines[i - 1]!.bottom;
    // One cell close below a row goes on in its second line.
    const continues =
      line.segments.length === 1 && gap < Math.min(usual * 0.85, line.size * 1.5) && cells[0] === '';
    const last = rows.at(-1);
    if (continues && last) for (const [x, cell] of cells.entries()) last[x] = `${last[x]} ${cell}`.trim();
    else rows.push(cells);
  }
  return rows;
}

function bestColumn(segment: Segment, columns: Column[]): number {
  const shared = columns.map(
    (column) => Math.min(segment.right, column.right) - Math.max(segment.left, column.left),
  );
  const spanned = shared.findIndex((one) => one > 0);
  const best = shared.indexOf(Math.max(...shared));
  // What spans several columns begins in the first of them.
  return shared.filter((one) => one > 0).length > 1 && spanned !== -1 ? spanned : best;
}
