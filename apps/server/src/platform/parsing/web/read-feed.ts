// RSS and Atom: one heading for each entry; and any other XML, as the text of its elements.

import {
  attributeOf,
  elementsOf,
  findXml,
  listXml,
  textOfXml,
  walkXml,
  type XmlNode,
} from '../containers/walk-xml.ts';
import type { Draft, Notes, Source } from '../document.ts';
import { joinBlocks, oneLine, writeHeading } from '../text/markdown.ts';
import { writeHtmlText } from './read-html.ts';

/** Reads a feed, RSS or Atom, with each entry under a heading of its own. */
export function readFeed(source: Source, notes: Notes): Draft {
  const blocks: string[] = [];
  let title: string | undefined;
  walkXml(source.bytes, {
    wanted: new Set(['title', 'description', 'subtitle', 'item', 'entry']),
    visit(node, around) {
      if (around.includes('image')) return;
      const entry = node.name === 'item' || node.name === 'entry';
      if (node.name === 'title') title ??= oneLine(textOfXml(node));
      const block = entry ? writeEntry(node, notes) : node.name === 'title' ? '' : oneLine(textOfXml(node));
      notes.progress(block.length);
      blocks.push(block);
    },
  });
  return {
    title,
    sections: [{ markdown: joinBlocks([writeHeading(1, title ?? ''), ...blocks]), page: null }],
  };
}

function writeEntry(entry: XmlNode, notes: Notes): string {
  const said = (name: string) => oneLine(textOfXml(findXml(entry, name)));
  const link = said('link') || attributeOf(findXml(entry, 'link'), 'href') || '';
  const facts = [
    said('pubDate') || said('published') || said('updated'),
    said('creator') || said('author'),
    link,
  ];
  const body =
    findXml(entry, 'encoded') ??
    findXml(entry, 'content') ??
    findXml(entry, 'description') ??
    findXml(entry, 'summary');
  return joinBlocks([
    writeHeading(2, said('title')),
    facts.filter((fact) => fact !== '').join(' · '),
    writeHtmlText(textOfXml(body), notes),
  ]);
}

/** Reads XML of an unknown kind: each element that holds text is a line `name: text`. */
export function readXml(source: Source): Draft {
  const lines: string[] = [];
  const root = /<([A-Za-z_][\w.:-]*)[\s>/]/.exec(
    new TextDecoder().decode(source.bytes.subarray(0, 4_096)).replace(/<[?!][^>]*>/g, ''),
  )?.[1];
  const local = root?.slice(root.indexOf(':') + 1) ?? '';
  for (const node of listXml(source.bytes, local)) writeLines(node, 0, lines);
  return { sections: [{ markdown: lines.join('\n'), page: null }] };
}

function writeLines(node: XmlNode, depth: number, lines: string[]): void {
  const own = oneLine(node.children.filter((child) => typeof child === 'string').join(' '));
  const facts = Object.entries(node.attributes).filter(
    ([name]) => !name.startsWith('xmlns') && !name.includes(':'),
  );
  const words = [own, ...facts.slice(0, 20).map(([name, value]) => `${name}=${oneLine(value)}`)].filter(
    (one) => one !== '',
  );
  const children = elementsOf(node);
  if (words.length > 0 || children.length > 0)
    lines.push(`${'  '.repeat(Math.min(8, depth))}- ${node.name}: ${words.join(' · ')}`.trimEnd());
  for (const child of children) writeLines(child, depth + 1, lines);
}

/** Says whether XML is a feed. */
export function isFeed(head: string): boolean {
  return /<(rss|feed|rdf:RDF)[\s>]/.test(head);
}
