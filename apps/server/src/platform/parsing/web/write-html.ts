// A tree of HTML as Markdown. Blocks come out one after the other; what stands between blocks is text.
import {
  joinBlocks,
  writeCode,
  writeHeading,
  writeLink,
  writePicture,
  writeTable,
} from '../text/markdown.ts';
import { ELEMENT, type HtmlElement, TEXT } from './html-element.ts';

const DEEPEST = 120;
const BLOCKS = new Set(
  'address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html li main nav ol p pre section summary table tbody tr ul'.split(
    ' ',
  ),
);
type State = { blocks: string[]; line: string; depth: number };

/** Writes an element and everything in it. */
export function writeHtml(root: HtmlElement, depth = 0): string {
  const state: State = { blocks: [], line: '', depth };
  writeChildren(root, state);
  endLine(state);
  return joinBlocks(state.blocks);
}

function writeChildren(element: HtmlElement, state: State): void {
  for (const child of element.childNodes) {
    if (child.nodeType === TEXT) state.line += (child.textContent ?? '').replace(/\s+/g, ' ');
    else if (child.nodeType === ELEMENT) writeElement(child, state);
  }
}

function endLine(state: State): void {
  const line = state.line
    .split('\n')
    .map((one) => one.replace(/[ \t]+/g, ' ').trim())
    .join('\n')
    .trim();
  if (line !== '') state.blocks.push(line);
  state.line = '';
}

function writeElement(element: HtmlElement, state: State): void {
  if (state.depth > DEEPEST) {
    state.line += ` ${element.textContent ?? ''}`;
    return;
  }
  if (!BLOCKS.has(element.localName)) {
    writeInline(element, state);
    return;
  }
  endLine(state);
  const block = writeBlock(element, state.depth + 1);
  if (block !== undefined) {
    state.blocks.push(block);
    return;
  }
  state.depth++;
  writeChildren(element, state);
  endLine(state);
  state.depth--;
}

/** The Markdown of a block that has a form of its own; undefined for one that is only a box around others. */
function writeBlock(element: HtmlElement, depth: number): string | undefined {
  const name = element.localName;
  if (/^h[1-6]$/.test(name)) return writeHeading(Number(name[1]), writeHtml(element, depth));
  if (name === 'pre') return writeCode(element.textContent ?? '', languageOf(element));
  if (name === 'ul' || name === 'ol') return writeList(element, depth);
  if (name === 'table') return writeHtmlTable(element, depth);
  if (name === 'hr') return '';
  if (name === 'blockquote') return indent(writeHtml(element, depth), '> ', '> ');
  if (name === 'dd') return indent(writeHtml(element, depth), ': ', '  ');
  return undefined;
}

function writeInline(element: HtmlElement, state: State): void {
  const name = element.localName;
  if (name === 'br') state.line += '\n';
  else if (name === 'img') state.line += ` ${writePicture(element.getAttribute('alt') ?? undefined)} `;
  else if (name === 'code' && !/[`\n]/.test(element.textContent ?? '`'))
    state.line += `\`${element.textContent}\``;
  else if (name === 'a') writeAnchor(element, state);
  else if (name === 'sup' || name === 'sub') {
    const words = (element.textContent ?? '').trim();
    state.line +=
      words.length <= 12 && /^[-+\w]+$/.test(words) ? `${name === 'sup' ? '^' : '_'}${words}` : words;
  } else {
    state.depth++;
    writeChildren(element, state);
    state.depth--;
  }
}

/** A link around blocks is those blocks. */
function writeAnchor(element: HtmlElement, state: State): void {
  const around = [...element.children].some((child) => BLOCKS.has(child.localName));
  if (around) {
    state.depth++;
    writeChildren(element, state);
    state.depth--;
    return;
  }
  const words = writeHtml(element, state.depth + 1);
  if (words.startsWith('[Image:')) {
    state.line += ` ${words} `;
    return;
  }
  const text = element.textContent ?? '';
  const lead = /^\s/.test(text) ? ' ' : '';
  const trail = /\s$/.test(text) ? ' ' : '';
  state.line += lead + writeLink(words, element.getAttribute('href') ?? undefined) + trail;
}

function languageOf(pre: HtmlElement): string {
  const classes = `${pre.getAttribute('class') ?? ''} ${pre.querySelector('code')?.getAttribute('class') ?? ''}`;
  return /(?:language|lang|highlight-source)-([\w+#-]+)/.exec(classes)?.[1] ?? '';
}

function writeList(list: HtmlElement, depth: number): string {
  let number = Number.parseInt(list.getAttribute('start') ?? '1', 10) || 1;
  const entries: string[] = [];
  for (const child of list.children) {
    const words = writeHtml(child, depth + 1).replace(/\n{2,}/g, '\n');
    if (words === '') continue;
    const mark = list.localName === 'ol' && child.localName === 'li' ? `${number++}. ` : '- ';
    const nested = child.localName === 'ul' || child.localName === 'ol';
    entries.push(nested ? indent(words, '  ', '  ') : indent(words, mark, '  '));
  }
  return entries.join('\n');
}

function indent(text: string, first: string, rest: string): string {
  return text === '' ? '' : first + text.replaceAll('\n', `\n${rest}`);
}

/** Rows of a table, with cells that span several columns or rows where they begin; a table for layout is its contents. */
function writeHtmlTable(table: HtmlElement, depth: number): string {
  const caption = [...table.children].find(({ localName }) => localName === 'caption');
  const rows = listRows(table);
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  if (columns <= 1 || (rows.length <= 1 && table.querySelector('table')))
    return joinBlocks(rows.flat().map((cell) => writeHtml(cell, depth)));
  const grid: string[][] = rows.map(() => []);
  for (const [y, row] of rows.entries()) for (const cell of row) placeCell(grid, y, { cell, depth });
  return joinBlocks([caption ? writeHtml(caption, depth) : '', writeTable(grid)]);
}

function placeCell(grid: string[][], y: number, { cell, depth }: { cell: HtmlElement; depth: number }): void {
  const span = (name: string) =>
    Math.min(50, Math.max(1, Number.parseInt(cell.getAttribute(name) ?? '1', 10) || 1));
  const row = grid[y]!;
  let x = 0;
  while (row[x] !== undefined) x++;
  const words = writeHtml(cell, depth);
  for (let down = 0; down < span('rowspan') && grid[y + down]; down++)
    for (let right = 0; right < span('colspan'); right++)
      grid[y + down]![x + right] = down + right === 0 ? words : '';
}

function listRows(table: HtmlElement): HtmlElement[][] {
  const bodies = [...table.children].flatMap((child) =>
    child.localName === 'tr'
      ? [child]
      : /^t(head|body|foot)$/.test(child.localName)
        ? [...child.children]
        : [],
  );
  return bodies
    .filter(({ localName }) => localName === 'tr')
    .map((row) => [...row.children].filter(({ localName }) => localName === 'td' || localName === 'th'));
}
