// Which reader is for which format. Each is loaded when its first file comes: most tenants never send most of them.

import { detectFormat } from './containers/detect-format.ts';
import type { DocumentFormat, Reader } from './document.ts';
import type { ReadInside } from './mail/write-mail.ts';
import { unsupported } from './refusal.ts';

const readers: Record<DocumentFormat, () => Promise<Reader>> = {
  pdf: async () => (await import('./pdf/read-pdf.ts')).readPdf,
  docx: async () => (await import('./office/read-docx.ts')).readDocx,
  pptx: async () => (await import('./office/read-pptx.ts')).readPptx,
  xlsx: async () => (await import('./office/read-xlsx.ts')).readXlsx,
  odt: async () => (await import('./office/read-odt.ts')).readOdt,
  rtf: async () => (await import('./plain/read-rtf.ts')).readRtf,
  html: async () => (await import('./web/read-html.ts')).readHtml,
  epub: async () => (await import('./web/read-epub.ts')).readEpub,
  rss: async () => (await import('./web/read-feed.ts')).readFeed,
  xml: async () => (await import('./web/read-feed.ts')).readXml,
  markdown: async () => (await import('./plain/read-text.ts')).readMarkdown,
  text: async () => (await import('./plain/read-text.ts')).readText,
  csv: async () => (await import('./plain/read-csv.ts')).readCsv,
  json: async () => (await import('./plain/read-json.ts')).readJson,
  jsonl: async () => (await import('./plain/read-json.ts')).readJsonLines,
  ipynb: async () => (await import('./plain/read-notebook.ts')).readNotebook,
  eml: async () => {
    const { readEml } = await import('./mail/read-eml.ts');
    return (source, notes) => readEml(source, notes, readInside);
  },
  msg: async () => {
    const { readMsg } = await import('./mail/read-msg.ts');
    return (source, notes) => readMsg(source, notes, readInside);
  },
};

/** The reader of a format. */
export function findReader(format: DocumentFormat): Promise<Reader> {
  return readers[format]();
}

/** A mail in a mail is not opened: attachments are read one level deep. */
const readInside: ReadInside = async (source, notes) => {
  const format = detectFormat(source, notes);
  if (format === 'eml' || format === 'msg') throw unsupported('a mail inside a mail', 'Upload it by itself.');
  const read = await findReader(format);
  return (await read(source, notes)).sections;
};
