// XML without DTDs and entities. Only the elements asked for become trees, one after the other, so that a part of 40 MB never
// stands in memory whole. Names are without their prefix: prefixes are chosen by whoever wrote the file.
import { SaxesParser } from 'saxes';
import { limits } from '../limits.ts';
import { Refusal, suspicious, tooLarge, unreadable } from '../refusal.ts';

export type XmlNode = { name: string; attributes: Record<string, string>; children: (XmlNode | string)[] };
export type XmlWalk = {
  /** Names of the elements that become trees; one inside another belongs to the outer one. */
  wanted: ReadonlySet<string>;
  /** Called with each, and the names of what stands around it. */
  visit(node: XmlNode, around: readonly string[]): void;
};

const STEP = 65_536;

/** Walks through a part; throws refusals for what is broken, too deep, too large, or has a DTD. */
export function walkXml(bytes: Uint8Array, walk: XmlWalk): void {
  const text = decodeXml(bytes);
  const parser = new SaxesParser();
  const state = { path: [] as string[], open: [] as XmlNode[], nodes: 0, subtree: 0, skipped: 0 };
  // A name of a type is harmless, because nothing is fetched; declarations inside the file are not.
  parser.on('doctype', (doctype) => {
    if (/\[|<!/.test(doctype)) throw suspicious('it declares entities of its own, as bombs do.');
  });
  parser.on('error', () => {
    throw unreadable('a part of it is not well-formed XML.');
  });
  parser.on('opentag', ({ name, attributes }) => {
    const local = localName(name);
    if (state.path.push(local) > limits.nesting) throw suspicious('it is nested too deeply.');
    if (++state.nodes > limits.xmlNodes) throw tooLarge('it has too many elements.');
    // What stands here is there once more in a newer form.
    if (local === 'Fallback') state.skipped++;
    if (state.skipped > 0 || (state.open.length === 0 && !walk.wanted.has(local))) return;
    state.subtree = state.open.length === 0 ? 1 : state.subtree + 1;
    if (state.subtree > limits.xmlSubtreeNodes) throw tooLarge('one element of it has too many parts.');
    const node: XmlNode = { name: local, attributes: attributes as Record<string, string>, children: [] };
    state.open.at(-1)?.children.push(node);
    state.open.push(node);
  });
  const addText = (words: string) => state.skipped === 0 && state.open.at(-1)?.children.push(words);
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const local = state.path.pop();
    if (state.skipped > 0) {
      if (local === 'Fallback') state.skipped--;
      return;
    }
    const node = state.open.pop();
    if (node && state.open.length === 0) walk.visit(node, state.path);
  });
  feed(parser, text);
}

function feed(parser: SaxesParser, text: string): void {
  try {
    for (let at = 0; at < text.length; at += STEP) parser.write(text.slice(at, at + STEP));
    parser.close();
  } catch (error) {
    throw error instanceof Refusal ? error : unreadable('a part of it is not well-formed XML.');
  }
}

/** The trees of the elements named, all at once; for small parts. */
export function listXml(bytes: Uint8Array | undefined, ...wanted: string[]): XmlNode[] {
  const found: XmlNode[] = [];
  if (bytes) walkXml(bytes, { wanted: new Set(wanted), visit: (node) => void found.push(node) });
  return found;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function decodeXml(bytes: Uint8Array): string {
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  const label = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : encodingOf(bytes);
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

function encodingOf(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(200, bytes.length)).toString('latin1');
  return /^\s*<\?xml[^>]*encoding=["']([\w-]+)["']/.exec(head)?.[1] ?? 'utf-8';
}

/** The elements among a node's children. */
export function elementsOf(node: XmlNode | undefined): XmlNode[] {
  return (node?.children ?? []).filter((child) => typeof child !== 'string');
}

/** The first descendant along a path of names, such as `pPr/pStyle`. */
export function findXml(node: XmlNode | undefined, path: string): XmlNode | undefined {
  return path.split('/').reduce((at, name) => elementsOf(at).find((child) => child.name === name), node);
}

/** Every descendant of a name, in order; not inside each other. */
export function allXml(node: XmlNode | undefined, name: string): XmlNode[] {
  return elementsOf(node).flatMap((child) => (child.name === name ? [child] : allXml(child, name)));
}

/** An attribute, whatever its prefix is. */
export function attributeOf(node: XmlNode | undefined, name: string): string | undefined {
  if (!node) return undefined;
  if (node.attributes[name] !== undefined) return node.attributes[name];
  const key = Object.keys(node.attributes).find((one) => one.endsWith(`:${name}`));
  return key === undefined ? undefined : node.attributes[key];
}

/** All text inside a node. */
export function textOfXml(node: XmlNode | undefined): string {
  return (node?.children ?? [])
    .map((child) => (typeof child === 'string' ? child : textOfXml(child)))
    .join('');
}
