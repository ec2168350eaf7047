// Spreadsheets: one section for each sheet, its cells as they are shown; what a declared dimension promises is not believed.
import {
  allXml,
  attributeOf,
  findXml,
  listXml,
  textOfXml,
  walkXml,
  type XmlNode,
} from '../containers/walk-xml.ts';
import type { Draft, Notes, Section, Source } from '../document.ts';
import { limits } from '../limits.ts';
import { oneLine, writeHeading } from '../text/markdown.ts';
import { type CellFormats, readCellFormats } from './cell-formats.ts';
import { type OfficePackage, readPackage } from './read-package.ts';
import { writeSheet } from './write-sheet.ts';

type Book = { office: OfficePackage; notes: Notes; strings: string[]; formats: CellFormats; cells: number };

/** Reads a spreadsheet. */
export function readXlsx(source: Source, notes: Notes): Draft {
  const office = readPackage(source);
  const part = office.names.find((name) => /^xl\/workbook\d*\.xml$/.test(name)) ?? 'xl/workbook.xml';
  const relations = office.relations(part);
  const book: Book = {
    office,
    notes,
    strings: readStrings(office),
    formats: readCellFormats(office, part),
    cells: 0,
  };
  const sections: Section[] = [];
  const sheets = listXml(office.need(part), 'sheet');
  for (const [i, sheet] of sheets.entries()) {
    const id = Object.entries(sheet.attributes).find(([name]) => name.endsWith(':id'))?.[1] ?? '';
    const bytes = office.read(relations.get(id)?.target ?? `xl/worksheets/sheet${i + 1}.xml`);
    if (!bytes) continue;
    const name = oneLine(attributeOf(sheet, 'name') ?? `Sheet ${i + 1}`);
    const text = writeSheet(readRows(bytes, book));
    if (/hidden/i.test(attributeOf(sheet, 'state') ?? '')) {
      notes.hide(`${name}: ${text}`, 'a hidden sheet');
      notes.warn('hidden_sheets', 'Hidden sheets were left out.');
    } else if (text !== '') sections.push({ markdown: `${writeHeading(2, name)}\n\n${text}`, page: null });
  }
  const { title, language, metadata } = office;
  return { title, language, metadata, sections };
}

function readStrings(office: OfficePackage): string[] {
  const strings: string[] = [];
  const bytes = office.read('xl/sharedStrings.xml');
  if (bytes)
    walkXml(bytes, { wanted: new Set(['si']), visit: (node) => void strings.push(writeString(node)) });
  return strings;
}

/** A text of several runs, without the reading aid of Japanese texts. */
function writeString(node: XmlNode): string {
  return allXml(
    { ...node, children: node.children.filter((child) => typeof child === 'string' || child.name !== 'rPh') },
    't',
  )
    .map(textOfXml)
    .join('');
}

/** The rows that have cells, each at its number; hidden rows and columns are left out and told of. */
function readRows(bytes: Uint8Array, book: Book): Map<number, string[]> {
  const rows = new Map<number, string[]>();
  const unseen = new Set<number>();
  let last = 0;
  walkXml(bytes, {
    wanted: new Set(['col', 'row']),
    visit(node) {
      if (node.name === 'col') return hideColumns(node, unseen);
      last = Number(attributeOf(node, 'r') ?? last + 1) || last + 1;
      if (rows.size >= limits.tableRows || book.cells >= limits.tableCells)
        return book.notes.warn(
          'rows_cut',
          `Only the first ${rows.size} rows of a sheet were read. Split the file to read the rest.`,
        );
      const cells = readCells(node, book, unseen);
      if (cells.every((cell) => cell === undefined || cell === '')) return;
      if (attributeOf(node, 'hidden') === '1') {
        book.notes.hide(cells.filter(Boolean).join(' | '), 'a hidden row');
        book.notes.warn('hidden_cells', 'Hidden rows and columns were left out.');
        return;
      }
      rows.set(
        last,
        Array.from(cells, (cell) => cell ?? ''),
      );
    },
  });
  return rows;
}

function hideColumns(node: XmlNode, unseen: Set<number>): void {
  if (attributeOf(node, 'hidden') !== '1') return;
  const first = Number(attributeOf(node, 'min') ?? 0);
  const last = Math.min(Number(attributeOf(node, 'max') ?? 0), limits.tableColumns);
  for (let column = first; column <= last; column++) unseen.add(column - 1);
}

function readCells(row: XmlNode, book: Book, unseen: Set<number>): (string | undefined)[] {
  const cells: (string | undefined)[] = [];
  for (const cell of allXml(row, 'c')) {
    const column = columnOf(attributeOf(cell, 'r')) ?? cells.length;
    if (column >= limits.tableColumns) {
      book.notes.warn('columns_cut', `Only the first ${limits.tableColumns} columns of a sheet were read.`);
      break;
    }
    book.cells++;
    const text = readCell(cell, book);
    if (text !== '' && unseen.has(column)) {
      book.notes.hide(text, 'a hidden column');
      book.notes.warn('hidden_cells', 'Hidden rows and columns were left out.');
    } else cells[column] = text;
  }
  return cells;
}

function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0];
  if (letters === undefined) return undefined;
  return [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function readCell(cell: XmlNode, book: Book): string {
  const kind = attributeOf(cell, 't') ?? 'n';
  if (kind === 'inlineStr') return writeString(findXml(cell, 'is') ?? cell);
  const value = textOfXml(findXml(cell, 'v'));
  if (kind === 's') return book.strings[Number(value)] ?? '';
  if (kind === 'b') return value === '1' ? 'TRUE' : 'FALSE';
  if (kind !== 'n' || value === '') return value;
  return book.formats.show(Number(value), Number(attributeOf(cell, 's') ?? 0));
}
