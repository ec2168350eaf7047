// What a file is: by its content first, and by its name only where content cannot tell, as between Markdown and text.
import type { DocumentFormat, Notes, Source } from '../document.ts';
import { Refusal, unsupported } from '../refusal.ts';
import { isBinary } from '../text/decode-text.ts';
import { openZip } from './open-zip.ts';

const UNPACK = 'Unpack it and upload the files one by one.';
const SAVE_AS = (format: string) => `Save it as ${format} and upload that.`;

/** The first bytes of files that are no documents, in hexadecimal. */
const MAGIC: [pattern: RegExp, what: string, advice: string][] = [
  [
    /^(89504e47|ffd8ff|47494638|49492a00|4d4d002a|52494646.{8}57454250|424d.{12}00000000)/,
    'a picture',
    'Run OCR over it and upload the text or a PDF with a text layer.',
  ],
  [/^(1f8b|377abcaf|52617221|425a68|fd377a58|28b52ffd)/, 'an archive', UNPACK],
  [/^(494433|fff[b3]|4f676753|664c6143|52494646.{8}57415645)/, 'a sound recording', 'Upload its transcript.'],
  [/^(.{8}66747970|1a45dfa3|52494646.{8}41564920)/, 'a video', 'Upload its transcript.'],
  [/^(7f454c46|4d5a|cafebabe|cffaedfe)/, 'a program', 'Only documents can be read.'],
  [/^53514c69746520666f726d6174/, 'a database', SAVE_AS('CSV')],
  [/^(25215053)/, 'PostScript', SAVE_AS('PDF')],
  [/^5041523150|^50415231/, 'a Parquet file', SAVE_AS('CSV')],
];

/** Parts that OLE files have, and what they are then; names stand there in UTF-16. */
const OLE: [part: string, what: string, advice: string][] = [
  ['EncryptedPackage', '', ''],
  ['__substg1.0_', 'msg', ''],
  ['WordDocument', 'a Word file of before 2007', SAVE_AS('DOCX')],
  ['Workbook', 'an Excel file of before 2007', SAVE_AS('XLSX')],
  ['Book', 'an Excel file of before 1997', SAVE_AS('XLSX')],
  ['PowerPoint Document', 'a PowerPoint file of before 2007', SAVE_AS('PPTX')],
];

const ENDINGS: Record<string, DocumentFormat> = {
  ...{
    md: 'markdown',
    markdown: 'markdown',
    mdx: 'markdown',
    csv: 'csv',
    tsv: 'csv',
    json: 'json',
    jsonl: 'jsonl',
  },
  ...{
    ndjson: 'jsonl',
    ipynb: 'ipynb',
    eml: 'eml',
    htm: 'html',
    html: 'html',
    xhtml: 'html',
    xml: 'xml',
    rss: 'rss',
    atom: 'rss',
  },
};
const TYPES: Record<string, DocumentFormat> = {
  ...{
    'text/markdown': 'markdown',
    'text/csv': 'csv',
    'text/tab-separated-values': 'csv',
    'application/json': 'json',
  },
  ...{
    'application/jsonl': 'jsonl',
    'application/x-ndjson': 'jsonl',
    'message/rfc822': 'eml',
    'text/html': 'html',
  },
};
/** What a file was called when it has to be another kind to be that. */
const BINARY_NAMES = new Set(['pdf', 'docx', 'pptx', 'xlsx', 'epub', 'odt', 'msg', 'rtf']);

/** Decides the format of a file; throws refusals for what is none of those that can be read. */
export function detectFormat(source: Source, notes: Notes): DocumentFormat {
  const { bytes, name } = source;
  if (bytes.length === 0) throw new Refusal('document_empty');
  const ending = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(4_096, bytes.length));
  const format = findBinary(source, head) ?? findText(source, head.toString('latin1'), ending);
  if (BINARY_NAMES.has(ending) && format !== ending)
    notes.warn(
      'name_misleads',
      `The name ends with .${ending}, but the file is ${format.toUpperCase()} and was read as that.`,
    );
  return format;
}

function findBinary({ bytes }: Source, head: Buffer): DocumentFormat | undefined {
  if (head.subarray(0, 1_024).includes('%PDF-')) return 'pdf';
  const hex = head.subarray(0, 32).toString('hex');
  if (hex.startsWith('504b0304')) return findPackage(bytes);
  if (hex.startsWith('d0cf11e0a1b11ae1')) return findOle(bytes);
  if (head.subarray(0, 5).toString('latin1') === '{\\rtf') return 'rtf';
  for (const [pattern, what, advice] of MAGIC) if (pattern.test(hex)) throw unsupported(what, advice);
  return undefined;
}

function findPackage(bytes: Uint8Array): DocumentFormat {
  const zip = openZip(bytes);
  const has = (start: string) => zip.names.some((name) => name.startsWith(start));
  if (has('word/document')) return 'docx';
  if (has('ppt/presentation')) return 'pptx';
  if (has('xl/workbook.bin')) throw unsupported('a binary Excel file (XLSB)', SAVE_AS('XLSX'));
  if (has('xl/')) return 'xlsx';
  const kind = zip.names.includes('mimetype')
    ? Buffer.from(zip.read('mimetype')!).toString('latin1').trim()
    : '';
  if (kind === 'application/epub+zip' || has('META-INF/container.xml')) return 'epub';
  if (/opendocument\.text/.test(kind)) return 'odt';
  if (/opendocument\.spreadsheet/.test(kind))
    throw unsupported('an OpenDocument spreadsheet', SAVE_AS('XLSX'));
  if (/opendocument\.presentation/.test(kind))
    throw unsupported('an OpenDocument presentation', SAVE_AS('PPTX'));
  throw unsupported('a ZIP archive', UNPACK);
}

function findOle(bytes: Uint8Array): DocumentFormat {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [part, what, advice] of OLE) {
    if (!whole.includes(Buffer.from(part, 'utf16le'))) continue;
    if (what === '') throw new Refusal('document_encrypted');
    if (what === 'msg') return 'msg';
    throw unsupported(what, advice);
  }
  throw unsupported('an old Office file', SAVE_AS('DOCX, XLSX or PPTX'));
}

function findText(source: Source, head: string, ending: string): DocumentFormat {
  assertText(source, head, ending);
  const start = head.replace(/^(\xef\xbb\xbf)?\s+|^\xef\xbb\xbf/, '');
  const named = ENDINGS[ending] ?? TYPES[source.type?.split(';')[0]?.trim().toLowerCase() ?? ''];
  if (named === 'markdown' || named === 'csv' || named === 'jsonl' || named === 'eml') return named;
  if (/^(<!--.{0,2000}?-->\s*)?<(!doctype\s+html|html|head|body)[\s>]/is.test(start)) return 'html';
  if (/^(<\?xml[^>]*>\s*)?(<!--.{0,1000}?-->\s*)*<(rss|feed|rdf:RDF)[\s>]/s.test(start)) return 'rss';
  if (/^<\?xml/.test(start)) return /<html[\s>]/i.test(start) ? 'html' : named === 'html' ? 'html' : 'xml';
  if (named === 'json' || named === 'ipynb') return ending === 'ipynb' ? 'ipynb' : 'json';
  if (named !== undefined) return named;
  // A file without a telling name: mails and JSON show themselves.
  if (
    /^(received|return-path|delivered-to|from|message-id|mime-version): .*\r?\n/i.test(start) &&
    /^(mime-version|message-id|received|content-type):/im.test(head)
  )
    return 'eml';
  return 'text';
}

function assertText({ bytes, name }: Source, head: string, ending: string): void {
  if (/^(\xff\xfe|\xfe\xff)/.test(head)) return;
  const zeros = head.includes('\0');
  let strict = true;
  try {
    // The last bytes of the sample may be half a character.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, 4_096), { stream: true });
  } catch {
    strict = false;
  }
  // Text of another encoding has bytes over 127, but hardly any control characters.
  const controls = isBinary(head.replace(/[\x80-\x9f]/g, 'x'));
  if (!zeros && (strict || !controls)) return;
  if (BINARY_NAMES.has(ending))
    throw new Refusal('document_unreadable', { reason: `its content is not that of a .${ending} file.` });
  throw unsupported(
    `of an unknown kind (${name.slice(-40)} holds no text)`,
    'Upload it as PDF, DOCX or text.',
  );
}
