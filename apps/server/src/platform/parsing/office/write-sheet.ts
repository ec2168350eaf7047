// The cells of a sheet as tables: an empty row ends one and begins the next; a row with one cell above a table is its caption.
import { joinBlocks, oneLine, writeTable } from '../text/markdown.ts';

/** Writes the rows of a sheet, each at its number. */
export function writeSheet(rows: ReadonlyMap<number, string[]>): string {
  const groups: string[][][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const [number, cells] of rows) {
    if (number !== last + 1) groups.push([]);
    groups.at(-1)?.push(cells);
    last = number;
  }
  return joinBlocks(groups.map(writeGroup));
}

function writeGroup(rows: string[][]): string {
  const filled = (row: string[]) => row.filter((cell) => cell.trim() !== '');
  const wide = rows.some((row) => filled(row).length > 1);
  const first = wide ? rows.findIndex((row) => filled(row).length > 1) : rows.length;
  const captions = rows.slice(0, first).map((row) => oneLine(filled(row).join(' ')));
  return joinBlocks([...captions, writeTable(rows.slice(first))]);
}
