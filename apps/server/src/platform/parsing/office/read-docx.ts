// Word files: headings, lists, tables, notes, comments and formulas, page by page where the file says where its pages end.
import {
  allXml,
  attributeOf,
  elementsOf,
  findXml,
  listXml,
  textOfXml,
  walkXml,
  type XmlNode,
} from '../containers/walk-xml.ts';
import type { Draft, Notes, Section, Source } from '../document.ts';
import { oneLine, writeHeading, writeListEntry, writeTable } from '../text/markdown.ts';
import { readDocxStyles } from './docx-styles.ts';
import { type OfficePackage, readPackage } from './read-package.ts';
import { isShaded, type RunContext, writeRuns } from './write-runs.ts';

const DEEPEST = 20;
type State = RunContext & {
  blocks: string[];
  sections: Section[];
  page: number;
  turned: boolean;
  asides: XmlNode[];
  depth: number;
};

/** Reads a Word file; throws refusals for packages that are broken, locked or bombs. */
export function readDocx(source: Source, notes: Notes): Draft {
  const office = readPackage(source);
  const part =
    office.names.find((name) => name === 'word/document.xml') ??
    office.names.find((name) => /^word\/document\d*\.xml$/.test(name)) ??
    'word/document.xml';
  const state = startState(office, part, notes);
  walkXml(office.need(part), {
    wanted: new Set(['p', 'tbl']),
    visit(node, around) {
      if (around.includes('txbxContent')) return;
      const before = state.blocks.length;
      writeBlock(node, state);
      for (const block of state.blocks.slice(before)) notes.progress(block.length);
      if (state.turned) endPage(state);
    },
  });
  state.blocks.push(
    ...writeNotes(office, state, 'footnote'),
    ...writeNotes(office, state, 'endnote'),
    ...writeComments(office),
  );
  endPage(state);
  const paged = state.page > 2;
  const sections = paged ? state.sections : state.sections.map(({ markdown }) => ({ markdown, page: null }));
  const { title, language, metadata } = office;
  return { title, language, metadata, sections, ...(paged ? { pages: state.page - 1 } : {}) };
}

function startState(office: OfficePackage, part: string, notes: Notes): State {
  const state: State = {
    styles: readDocxStyles(office),
    relations: office.relations(part),
    notes,
    aside: (box) => void state.asides.push(box),
    turnPage: () => {
      state.turned = true;
    },
    hidden: [],
    painted: false,
    ...{ blocks: [], sections: [], page: 1, turned: false, asides: [], depth: 0 },
  };
  return state;
}

function endPage(state: State): void {
  state.sections.push({ markdown: joinLists(state.blocks), page: state.page });
  state.blocks = [];
  state.page++;
  state.turned = false;
}

/** Entries of one list stand below each other without an empty line. */
function joinLists(blocks: string[]): string {
  const isEntry = (block: string | undefined) => /^ *(-|\d+\.) /.test(block ?? '');
  return blocks
    .filter((block) => block !== '')
    .reduce(
      (text, block, i, all) =>
        i === 0 ? block : `${text}${isEntry(block) && isEntry(all[i - 1]) ? '\n' : '\n\n'}${block}`,
      '',
    );
}

function writeBlock(node: XmlNode, state: State): void {
  if (node.name === 'tbl') writeDocxTable(node, state);
  else writeParagraph(node, state);
  // Text boxes come after the paragraph they are anchored in.
  for (const box of state.asides.splice(0)) {
    if (state.depth > DEEPEST) continue;
    state.depth++;
    for (const child of elementsOf(box))
      if (child.name === 'p' || child.name === 'tbl') writeBlock(child, state);
    state.depth--;
  }
}

function writeParagraph(node: XmlNode, state: State): void {
  const properties = findXml(node, 'pPr');
  const painted = state.painted;
  state.painted ||= isShaded(properties);
  const text = writeRuns(node, state);
  state.painted = painted;
  for (const { text: words, reason } of state.hidden.splice(0)) state.notes.hide(words, reason);
  if (text.trim() === '') return;
  const level = state.styles.headingLevel(properties);
  const list = level === undefined ? state.styles.listOf(properties) : undefined;
  if (level !== undefined) state.blocks.push(writeHeading(level, text));
  else if (list)
    state.blocks.push(writeListEntry(list.depth, state.styles.nextMark(list.list, list.depth), text));
  else state.blocks.push(tidy(text));
}

function tidy(text: string): string {
  return text.split('\n').map(oneLine).join('\n').trim();
}

/** A table of one cell is a frame around paragraphs. */
function writeDocxTable(table: XmlNode, state: State): void {
  const rows = allXml(table, 'tr').map((row) => allXml(row, 'tc'));
  const only = rows.length === 1 && rows[0]!.length === 1 ? rows[0]![0]! : undefined;
  if (only && state.depth < DEEPEST) {
    state.depth++;
    for (const child of elementsOf(only))
      if (child.name === 'p' || child.name === 'tbl') writeBlock(child, state);
    state.depth--;
  } else state.blocks.push(writeTable(rows.map((cells) => cells.flatMap((cell) => writeCell(cell, state)))));
}

function writeCell(cell: XmlNode, state: State): string[] {
  const properties = findXml(cell, 'tcPr');
  const span = Math.min(
    50,
    Math.max(1, Number(attributeOf(findXml(properties, 'gridSpan'), 'val') ?? 1) || 1),
  );
  const merged = findXml(properties, 'vMerge');
  const goesOn = merged !== undefined && attributeOf(merged, 'val') !== 'restart';
  const outer = { blocks: state.blocks, painted: state.painted };
  state.blocks = [];
  state.painted ||= isShaded(properties);
  if (!goesOn && state.depth >= DEEPEST) state.blocks.push(allXml(cell, 't').map(textOfXml).join(' '));
  else if (!goesOn) {
    state.depth++;
    for (const child of elementsOf(cell))
      if (child.name === 'p' || child.name === 'tbl') writeBlock(child, state);
    state.depth--;
  }
  const text = state.blocks.map((block) => block.replace(/^#+ /, '')).join(' ');
  Object.assign(state, outer);
  return [text, ...Array.from({ length: span - 1 }, () => '')];
}

function writeNotes(office: OfficePackage, state: State, kind: 'footnote' | 'endnote'): string[] {
  return listXml(office.read(`word/${kind}s.xml`), kind)
    .filter((note) => attributeOf(note, 'type') === undefined)
    .map((note) => {
      const text = oneLine(
        allXml(note, 'p')
          .map((paragraph) => writeRuns(paragraph, state))
          .join(' '),
      );
      return text === '' ? '' : `[^${kind === 'endnote' ? 'e' : ''}${attributeOf(note, 'id')}]: ${text}`;
    });
}

function writeComments(office: OfficePackage): string[] {
  return listXml(office.read('word/comments.xml'), 'comment').map((comment) => {
    const text = oneLine(allXml(comment, 't').map(textOfXml).join(' '));
    return text === '' ? '' : `> Comment by ${oneLine(attributeOf(comment, 'author') ?? 'unknown')}: ${text}`;
  });
}
