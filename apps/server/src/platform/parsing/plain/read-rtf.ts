// RTF: its text in its code page, without what is formatting; hidden text is told of.
import iconv from 'iconv-lite';
import type { Draft, Notes, Source } from '../document.ts';
import { limits } from '../limits.ts';
import { suspicious, tooLarge } from '../refusal.ts';
import { joinBlocks, oneLine, writeTable } from '../text/markdown.ts';

const SILENT = new Set(
  'fonttbl colortbl stylesheet info pict object header headerf headerl headerr footer footerf footerl footerr themedata datastore listtable listoverridetable rsidtbl generator xmlnstbl fldinst latentstyles mmathPr nonshppict revtbl filetbl'.split(
    ' ',
  ),
);
const WORDS: Record<string, string> = {
  ...{
    par: '\n\n',
    line: '\n',
    sect: '\n\n',
    page: '\n\n',
    tab: '\t',
    emdash: '—',
    endash: '–',
    bullet: '•',
  },
  ...{ lquote: '‘', rquote: '’', ldblquote: '“', rdblquote: '”', '~': ' ', _: '-' },
};
const TOKEN = /\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\/gi;
type Group = { silent: boolean; hidden: boolean; skip: number };
type State = {
  group: Group;
  groups: Group[];
  out: string[];
  hidden: string[];
  bytes: number[];
  codePage: string;
  left: number;
  cells: string[];
  rows: string[][];
  cellStart: number;
};

/** Reads an RTF file of at most 12 MB; throws refusals for larger and deeper ones. */
export function readRtf(source: Source, notes: Notes): Draft {
  if (source.bytes.length > limits.textBytes) throw tooLarge('an RTF file may have 12 MB.');
  const text = Buffer.from(source.bytes.buffer, source.bytes.byteOffset, source.bytes.length).toString(
    'latin1',
  );
  const group = { silent: false, hidden: false, skip: 1 };
  const state: State = {
    ...{ group, groups: [], out: [], hidden: [], bytes: [], codePage: 'windows-1252', left: 0 },
    ...{ cells: [], rows: [], cellStart: -1 },
  };
  for (const token of text.matchAll(TOKEN)) take(state, token);
  endBytes(state);
  endTable(state);
  if (state.hidden.length > 0) notes.hide(state.hidden.join(''), 'marked as hidden');
  const paragraphs = state.out.join('').split(/\n{2,}/);
  const markdown = joinBlocks(
    paragraphs.map((one) => (one.startsWith('| ') ? one : one.replace(/[ \t]+/g, ' ').trim())),
  );
  return { title: readTitle(text), sections: [{ markdown, page: null }] };
}

function readTitle(text: string): string | undefined {
  const title = /\{\\title ([^{}\\]{1,300})\}/.exec(text.slice(0, 20_000))?.[1];
  return title?.trim() || undefined;
}

function take(state: State, [, word, number, hex, symbol, brace, plain]: RegExpExecArray): void {
  if (hex !== undefined) {
    if (state.left > 0) state.left--;
    else state.bytes.push(Number.parseInt(hex, 16));
    return;
  }
  if (word === undefined || word !== 'u') endBytes(state);
  if (brace === '{') {
    if (state.groups.push(state.group) > limits.nesting * 5) throw suspicious('it is nested too deeply.');
    state.group = { ...state.group };
  } else if (brace === '}') state.group = state.groups.pop() ?? state.group;
  else if (word !== undefined) takeWord(state, word, number === undefined ? undefined : Number(number));
  else if (symbol === '*') state.group.silent = true;
  else if (symbol !== undefined) write(state, WORDS[symbol] ?? ('\\{}'.includes(symbol) ? symbol : ''));
  else if (plain !== undefined) {
    const skipped = Math.min(state.left, plain.length);
    state.left -= skipped;
    write(state, plain.slice(skipped));
  }
}

function takeWord(state: State, word: string, number: number | undefined): void {
  if (SILENT.has(word)) state.group.silent = true;
  else if (word === 'ansicpg' && number && iconv.encodingExists(`cp${number}`))
    state.codePage = `cp${number}`;
  else if (word === 'v') state.group.hidden = number !== 0;
  else if (word === 'plain') state.group.hidden = false;
  else if (word === 'uc') state.group.skip = Math.min(8, Math.max(0, number ?? 1));
  else if (word === 'u' && number !== undefined) {
    endBytes(state);
    write(state, String.fromCharCode(number < 0 ? number + 65_536 : number));
    state.left = state.group.skip;
  } else if (word === 'trowd' && state.cellStart < 0) {
    state.cellStart = state.out.length;
  } else if (word === 'cell') endCell(state);
  else if (word === 'row') {
    if (state.cells.length > 0) state.rows.push(state.cells);
    state.cells = [];
  } else if (word === 'pard' && state.cellStart >= 0 && state.cells.length === 0 && state.rows.length > 0) {
    // A paragraph after a row that begins no other row ends the table; `intbl` takes that back.
    state.cellStart = -state.cellStart - 2;
  } else if (word === 'intbl' && state.cellStart < -1) state.cellStart = -state.cellStart - 2;
  else write(state, WORDS[word] ?? '');
}

function write(state: State, text: string): void {
  if (state.group.silent || text === '') return;
  if (state.cellStart < -1 && text.trim() !== '') endTable(state);
  if (state.group.hidden) state.hidden.push(text);
  else state.out.push(text);
}

function endBytes(state: State): void {
  if (state.bytes.length === 0) return;
  const text = iconv.decode(Buffer.from(state.bytes), state.codePage);
  state.bytes = [];
  write(state, text);
}

function endCell(state: State): void {
  if (state.cellStart < 0) return;
  state.cells.push(oneLine(state.out.splice(state.cellStart).join('')));
}

function endTable(state: State): void {
  if (state.rows.length > 0) state.out.push(`\n\n${writeTable(state.rows)}\n\n`);
  state.rows = [];
  state.cells = [];
  state.cellStart = -1;
}
