// Files made to do harm: to memory, to time, to whoever follows what they name, to whoever obeys what they whisper.
import { deflateRawSync, gzipSync } from 'node:zlib';
import { makeDocx, makeParagraph, makeXlsx, makeZip } from '../../apps/server/test/make-documents.ts';
import { listHostilePdfs } from './hostile-pdfs.ts';

export type HostileFile = { name: string; bytes: Uint8Array };

const MB = 1024 * 1024;
const text = (words: string) => Buffer.from(words);
const repeat = (words: string, count: number) => words.repeat(count);
const BOMB =
  '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>';

/** All of them; made when they are asked for, because some are large. */
export function* listHostileFiles(): Generator<HostileFile> {
  yield* archives();
  yield* markup();
  yield* listHostilePdfs();
  yield* plain();
  yield* sheets();
}

function* archives(): Generator<HostileFile> {
  const zeros = Buffer.alloc(80 * MB);
  yield { name: 'one-part-of-80-mb.docx', bytes: makeZip({ 'word/document.xml': zeros }) };
  const parts = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [`word/part${i}.xml`, Buffer.alloc(3 * MB)]),
  );
  yield {
    name: 'sixty-parts-of-3-mb.docx',
    bytes: makeZip({ ...parts, 'word/document.xml': '<document/>' }),
  };
  yield { name: 'size-that-lies.docx', bytes: makeLiar() };
  yield { name: 'overlapping-parts.docx', bytes: makeOverlap() };
  yield {
    name: 'names-that-climb.docx',
    bytes: makeZip({
      '../../etc/passwd': 'x',
      'word/document.xml': '<document><p><r><t>Hello there</t></r></p></document>',
    }),
  };
  const many = Object.fromEntries(Array.from({ length: 6_000 }, (_, i) => [`word/p${i}`, 'x']));
  yield {
    name: 'six-thousand-parts.docx',
    bytes: makeZip({ ...many, 'word/document.xml': '<document/>' }, 0),
  };
  yield { name: 'cut-off.docx', bytes: makeDocx(makeParagraph('Hello')).subarray(0, 300) };
  yield { name: 'gzip-of-100-mb.txt', bytes: gzipSync(Buffer.alloc(100 * MB)) };
  const chapter = `<html><body><p>${repeat('word ', 200_000)}</p></body></html>`;
  const opf = `<package><metadata><title>B</title></metadata><manifest><item id="a" href="a.xhtml"/></manifest><spine>${repeat('<itemref idref="a"/>', 2_000)}</spine></package>`;
  const container = '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>';
  yield {
    name: 'one-chapter-2000-times.epub',
    bytes: makeZip({
      mimetype: 'application/epub+zip',
      'META-INF/container.xml': container,
      'b.opf': opf,
      'a.xhtml': chapter,
    }),
  };
}

/** An archive whose directory says that a part is small while it is large. */
function makeLiar(): Uint8Array {
  const zip = Buffer.from(makeZip({ 'word/document.xml': Buffer.alloc(64 * MB) }));
  const directory = zip.lastIndexOf(Buffer.from('504b0102', 'hex'));
  zip.writeUInt32LE(1_000, directory + 24);
  return zip;
}

/** An archive whose directory names the same bytes four thousand times. */
function makeOverlap(): Uint8Array {
  const body = deflateRawSync(Buffer.alloc(MB));
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  const entries = Array.from({ length: 4_000 }, (_, i) => {
    const name = Buffer.from(`word/${i}.xml`);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(body.length, 20);
    entry.writeUInt32LE(MB, 24);
    entry.writeUInt16LE(name.length, 28);
    return Buffer.concat([entry, name]);
  });
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(local.length + body.length, 16);
  return Buffer.concat([local, body, ...entries, end]);
}

function* markup(): Generator<HostileFile> {
  yield { name: 'billion-laughs.xml', bytes: text(`<?xml version="1.0"?>${BOMB}<x>&c;</x>`) };
  yield {
    name: 'billion-laughs.docx',
    bytes: makeZip({
      'word/document.xml': `<?xml version="1.0"?>${BOMB}<document><p><t>&c;</t></p></document>`,
    }),
  };
  yield {
    name: 'file-of-the-server.xml',
    bytes: text('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
  };
  yield {
    name: 'deep.xml',
    bytes: text(`<?xml version="1.0"?>${repeat('<a>', 100_000)}x${repeat('</a>', 100_000)}`),
  };
  yield { name: 'deep.docx', bytes: makeDocx(repeat('<w:p><w:r>', 50_000) + repeat('</w:r></w:p>', 50_000)) };
  yield {
    name: 'tables-in-tables.docx',
    bytes: makeDocx(
      repeat('<w:tbl><w:tr><w:tc>', 60) + makeParagraph('deep words') + repeat('</w:tc></w:tr></w:tbl>', 60),
    ),
  };
  yield {
    name: 'half-a-million-words-in-one.docx',
    bytes: makeDocx(`<w:p>${repeat('<w:r><w:t>a </w:t></w:r>', 500_000)}</w:p>`),
  };
  yield { name: 'deep.html', bytes: text(`<html><body>${repeat('<div>', 100_000)}words`) };
  yield { name: 'deep-lists.html', bytes: text(`<html><body>${repeat('<ul><li>', 20_000)}words`) };
  yield { name: 'deep-tables.html', bytes: text(`<html><body>${repeat('<table><tr><td>', 2_000)}words`) };
  yield { name: 'a-million-tags.html', bytes: text(repeat('<b>', 1_000_000)) };
  yield {
    name: 'five-mb-of-tags.html',
    bytes: text(`<html><body>${repeat('<p class="x">word <b>word</b></p>', 150_000)}`),
  };
  yield { name: 'attributes.html', bytes: text(`<html><body><p ${repeat('a1="b" ', 200_000)}>words</p>`) };
  yield {
    name: 'cells-that-span.html',
    bytes: text(
      `<table>${repeat('<tr>', 300)}${repeat('<td colspan=1000 rowspan=65534>x</td>', 3_000)}</table>`,
    ),
  };
  yield { name: 'half-open-tags.html', bytes: text(`<html>${repeat('<a href="', 200_000)}`) };
  yield { name: 'unclosed-comments.html', bytes: text(`<html><body>${repeat('<!-- ', 300_000)}`) };
  yield {
    name: 'style-rules.html',
    bytes: text(`<html><style>${repeat('.a,', 100_000)}.b{display:none}</style><body><p>words`),
  };
}

function* plain(): Generator<HostileFile> {
  yield { name: 'deep-objects.json', bytes: text(`${repeat('{"a":', 100_000)}1${repeat('}', 100_000)}`) };
  yield { name: 'eleven-mb-of-zeros.json', bytes: text(`[${repeat('0,', 5_500_000)}0]`) };
  yield { name: 'two-million-empty-objects.json', bytes: text(`[${repeat('{},', 2_000_000)}{}]`) };
  yield { name: 'one-quote.csv', bytes: text(`"${repeat('a,b\n', 2_000_000)}`) };
  yield { name: 'a-million-columns.csv', bytes: text(repeat('a,', 1_000_000)) };
  yield { name: 'almost-three-million-rows.csv', bytes: text(repeat('a,b\n', 2_900_000)) };
  yield { name: 'four-million-short-lines.txt', bytes: text(repeat('ab\n', 4_000_000)) };
  yield { name: 'twelve-million-marks.txt', bytes: text(`words ${repeat('!', 12 * MB - 10)}`) };
  yield { name: 'three-million-empty-objects.json', bytes: text(`[${repeat('{},', 3_000_000)}{}]`) };
  yield { name: 'as-many-values-as-may-be.json', bytes: text(`[${repeat('{},', 499_000)}{"a":"words"}]`) };
  yield {
    name: 'one-deep-value-a-line.jsonl',
    bytes: text(repeat(`${repeat('[', 150)}1${repeat(']', 150)}\n`, 45_000)),
  };
  yield { name: 'nothing-but-nul.txt', bytes: Buffer.alloc(5 * MB) };
  yield { name: 'twelve-mb-without-a-space.txt', bytes: text(repeat('a', 12 * MB)) };
  yield { name: 'combining-marks.txt', bytes: text(`a${repeat('\u0301', 2_000_000)}`) };
  yield { name: 'full-stops.txt', bytes: text(repeat('. ', 2_000_000)) };
  yield { name: 'empty-lines.txt', bytes: text(`a${repeat('\n', 8_000_000)}b`) };
  yield { name: 'open-brackets.md', bytes: text(repeat('[', 500_000) + repeat('](', 200_000)) };
  yield { name: 'open-pictures.md', bytes: text(repeat('![a](', 500_000)) };
  yield { name: 'comment-starts.md', bytes: text(repeat('<!--', 500_000)) };
  yield { name: 'headings.md', bytes: text(repeat('# a\n\n', 500_000)) };
  yield { name: 'fences.md', bytes: text(repeat('```\na\n', 300_000)) };
  yield { name: 'pipes.md', bytes: text(`|a|\n|-|\n${repeat('|', 1_000_000)}`) };
  yield { name: 'spaces.md', bytes: text(`# a${repeat(' ', 1_000_000)}b`) };
  yield { name: 'deep-groups.rtf', bytes: text(`{\\rtf1 ${repeat('{', 200_000)}a`) };
  yield { name: 'control-words.rtf', bytes: text(`{\\rtf1 ${repeat('\\trowd\\cell\\row', 400_000)}a}`) };
  yield { name: 'deep-parts.eml', bytes: text(deepMail(5_000)) };
  yield {
    name: 'a-million-headers.eml',
    bytes: text(`From: a@b.example\n${repeat('X-A: b\n', 1_000_000)}\n\nwords`),
  };
  yield {
    name: 'bomb-in-a-mail.eml',
    bytes: mailWith('bomb.docx', makeZip({ 'word/document.xml': Buffer.alloc(80 * MB) })),
  };
  yield {
    name: 'mail-in-a-mail.eml',
    bytes: mailWith('inner.eml', text('From: a@b.example\nMIME-Version: 1.0\n\ninner')),
  };
}

function deepMail(depth: number): string {
  let mail = 'From: a@b.example\nMIME-Version: 1.0\n';
  for (let i = 0; i < depth; i++) mail += `Content-Type: multipart/mixed; boundary="b${i}"\n\n--b${i}\n`;
  return `${mail}Content-Type: text/plain\n\nwords`;
}

function mailWith(name: string, bytes: Uint8Array): Uint8Array {
  const head =
    'From: a@b.example\nSubject: See the file\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n';
  const file = `--b\nContent-Type: application/octet-stream; name="${name}"\nContent-Transfer-Encoding: base64\n\n`;
  return text(
    `${head}--b\nContent-Type: text/plain\n\nHello.\n${file}${Buffer.from(bytes).toString('base64')}\n--b--\n`,
  );
}

function* sheets(): Generator<HostileFile> {
  yield {
    name: 'last-cell-of-a-sheet.xlsx',
    bytes: makeXlsx({
      A: '<dimension ref="A1:XFD1048576"/><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
    }),
  };
  yield {
    name: 'a-million-cells.xlsx',
    bytes: makeXlsx({
      A: `<sheetData>${repeat('<row><c><v>1</v></c><c><v>2</v></c></row>', 500_000)}</sheetData>`,
    }),
  };
  yield {
    name: 'one-row-of-a-million.xlsx',
    bytes: makeXlsx({ A: `<sheetData><row>${repeat('<c><v>1</v></c>', 1_000_000)}</row></sheetData>` }),
  };
  yield {
    name: 'columns-to-infinity.xlsx',
    bytes: makeXlsx({
      A: '<cols><col min="1" max="4000000000" hidden="1"/></cols><sheetData><row><c><v>1</v></c></row></sheetData>',
    }),
  };
  yield {
    name: 'two-hundred-thousand-sheets.xlsx',
    bytes: makeXlsx(
      { A: '<sheetData/>' },
      {
        'xl/workbook.xml': `<workbook><sheets>${repeat('<sheet name="a" r:id="rId1"/>', 200_000)}</sheets></workbook>`,
      },
    ),
  };
  const strings = `<sst>${repeat('<si><t>word</t></si>', 1_000_000)}</sst>`;
  yield {
    name: 'a-million-strings.xlsx',
    bytes: makeXlsx(
      { A: '<sheetData><row><c t="s"><v>0</v></c></row></sheetData>' },
      { 'xl/sharedStrings.xml': strings },
    ),
  };
  const same = `<sheetData>${repeat('<row><c t="s"><v>0</v></c></row>', 49_000)}</sheetData>`;
  yield {
    name: 'one-long-string-49000-times.xlsx',
    bytes: makeXlsx(
      { A: same },
      { 'xl/sharedStrings.xml': `<sst><si><t>${repeat('word ', 6_000)}</t></si></sst>` },
    ),
  };
}
