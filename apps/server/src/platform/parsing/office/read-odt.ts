// OpenDocument texts: headings, lists, tables and notes.
import { openZip, type Zip } from '../containers/open-zip.ts';
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
import type { Draft, Notes, Source } from '../document.ts';
import { Refusal, unreadable } from '../refusal.ts';
import { joinBlocks, writeHeading, writeLink, writeListEntry, writeTable } from '../text/markdown.ts';

type Context = { hiddenStyles: Map<string, string>; notes: Notes };
const DEEPEST = 20;
const SPACES_MAX = 8;

/** Reads an OpenDocument text. */
export function readOdt(source: Source, notes: Notes): Draft {
  const zip = openZip(source.bytes);
  const manifest = zip.read('META-INF/manifest.xml');
  if (listXml(manifest, 'encryption-data').length > 0) throw new Refusal('document_encrypted');
  const content = zip.read('content.xml');
  if (!content) throw unreadable('its part content.xml is missing.');
  const context = { hiddenStyles: readHiddenStyles(zip), notes };
  const blocks: string[] = [];
  walkXml(content, {
    wanted: new Set(['h', 'p', 'list', 'table']),
    visit(node, around) {
      if (around.includes('text') && !around.includes('tracked-changes'))
        blocks.push(writeBlock(node, context, 0));
    },
  });
  const [meta] = listXml(zip.read('meta.xml'), 'meta');
  const said = (name: string) => textOfXml(findXml(meta, name)).trim() || undefined;
  return {
    title: said('title'),
    language: said('language'),
    metadata: {
      author: said('creator') ?? said('initial-creator'),
      created: said('creation-date'),
      modified: said('date'),
      subject: said('subject'),
    },
    sections: [{ markdown: joinBlocks(blocks), page: null }],
  };
}

function readHiddenStyles(zip: Zip): Map<string, string> {
  const hidden = new Map<string, string>();
  for (const part of ['content.xml', 'styles.xml'])
    for (const style of listXml(zip.read(part), 'style')) {
      const text = findXml(style, 'text-properties');
      const reason =
        attributeOf(text, 'display') === 'none'
          ? 'marked as hidden'
          : isWhite(text)
            ? 'white on white'
            : undefined;
      if (reason !== undefined) hidden.set(attributeOf(style, 'name') ?? '', reason);
    }
  return hidden;
}

function isWhite(text: XmlNode | undefined): boolean {
  const ground = attributeOf(text, 'background-color') ?? 'transparent';
  return (
    /^#f[c-f]f[c-f]f[c-f]$/i.test(attributeOf(text, 'color') ?? '') && /^(transparent|#ffffff)$/i.test(ground)
  );
}

function writeBlock(node: XmlNode, context: Context, depth: number): string {
  if (depth > DEEPEST) return textOfXml(node);
  if (node.name === 'h')
    return writeHeading(Number(attributeOf(node, 'outline-level') ?? 1) || 1, writeInline(node, context));
  if (node.name === 'list') return writeList(node, context, depth);
  if (node.name === 'table') return writeOdtTable(node, context, depth);
  if (node.name === 'p') return writeInline(node, context).trim();
  return joinBlocks(elementsOf(node).map((child) => writeBlock(child, context, depth + 1)));
}

function writeList(list: XmlNode, context: Context, depth: number): string {
  const lines = elementsOf(list).flatMap((entry) =>
    elementsOf(entry).map((child) =>
      child.name === 'list'
        ? writeList(child, context, depth + 1)
        : writeListEntry(depth, '-', writeBlock(child, context, depth + 1)),
    ),
  );
  return lines.filter((line) => line.trim() !== '-').join('\n');
}

function writeOdtTable(table: XmlNode, context: Context, depth: number): string {
  const rows = allXml(table, 'table-row').map((row) =>
    elementsOf(row).flatMap((cell) => {
      const repeated = Math.min(50, Number(attributeOf(cell, 'number-columns-repeated') ?? 1) || 1);
      const text = elementsOf(cell)
        .map((child) => writeBlock(child, context, depth + 1))
        .join(' ');
      return Array.from({ length: repeated }, () => text);
    }),
  );
  return writeTable(rows);
}

function writeInline(node: XmlNode, context: Context): string {
  const text = node.children
    .map((child) => (typeof child === 'string' ? child.replace(/\s+/g, ' ') : writePart(child, context)))
    .join('');
  const reason = context.hiddenStyles.get(attributeOf(node, 'style-name') ?? '');
  if (reason === undefined || text.trim() === '') return text;
  context.notes.hide(text, reason);
  return '';
}

function writePart(node: XmlNode, context: Context): string {
  if (node.name === 's') return ' '.repeat(Math.min(SPACES_MAX, Number(attributeOf(node, 'c') ?? 1) || 1));
  if (node.name === 'tab') return ' ';
  if (node.name === 'line-break') return '\n';
  if (node.name === 'annotation' || node.name === 'deletion') return '';
  if (node.name === 'note') return ` (${writeInline(findXml(node, 'note-body') ?? node, context).trim()})`;
  if (node.name === 'a') return writeLink(writeInline(node, context), attributeOf(node, 'href'));
  if (node.name === 'hidden-text' || node.name === 'hidden-paragraph') {
    context.notes.hide(textOfXml(node), 'marked as hidden');
    return '';
  }
  return writeInline(node, context);
}
