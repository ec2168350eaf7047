// EPUB: the chapters in the order of reading.

import { openZip, type Zip } from '../containers/open-zip.ts';
import { attributeOf, listXml, textOfXml } from '../containers/walk-xml.ts';
import type { Draft, Notes, Section, Source } from '../document.ts';
import { Refusal, unreadable } from '../refusal.ts';
import { writeHtmlText } from './read-html.ts';

const CHAPTERS_MAX = 2_000;

/** Reads a book chapter by chapter; throws refusals for broken and locked ones. */
export function readEpub(source: Source, notes: Notes): Draft {
  const zip = openZip(source.bytes);
  const [root] = listXml(zip.read('META-INF/container.xml'), 'rootfile');
  const path = attributeOf(root, 'full-path') ?? '';
  const bytes = zip.read(path);
  if (!bytes) throw unreadable('it does not say what is in it.');
  if (zip.names.includes('META-INF/rights.xml')) throw new Refusal('document_encrypted');
  const said = (name: string) => listXml(bytes, name).map(textOfXml).join(', ').trim() || undefined;
  return {
    title: listXml(bytes, 'title').map(textOfXml)[0]?.trim(),
    language: listXml(bytes, 'language').map(textOfXml)[0]?.trim(),
    metadata: {
      author: said('creator'),
      publisher: said('publisher'),
      date: said('date'),
      subject: said('subject'),
      description: said('description'),
    },
    sections: readChapters(zip, { path, bytes }, notes),
  };
}

function readChapters(zip: Zip, opf: { path: string; bytes: Uint8Array }, notes: Notes): Section[] {
  const places = new Map(
    listXml(opf.bytes, 'item').map((one) => [attributeOf(one, 'id'), attributeOf(one, 'href')] as const),
  );
  const folder = opf.path.includes('/') ? opf.path.slice(0, opf.path.lastIndexOf('/') + 1) : '';
  const sections: Section[] = [];
  const order = listXml(opf.bytes, 'itemref').map((one) => places.get(attributeOf(one, 'idref')));
  // A chapter that is named twice is read once.
  for (const href of [...new Set(order)].slice(0, CHAPTERS_MAX)) {
    const chapter = href === undefined ? undefined : zip.read(resolve(folder + href));
    if (!chapter) continue;
    const markdown = writeHtmlText(new TextDecoder().decode(chapter), notes);
    notes.progress(markdown.length);
    sections.push({ markdown, page: null });
  }
  return sections;
}

function resolve(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('#')[0]!.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  const name = parts.join('/');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
