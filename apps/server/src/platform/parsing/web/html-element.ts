// The part of the DOM that reading HTML uses, and the one place where HTML becomes one. Nothing is fetched or run: linkedom
// has neither a network nor scripts.
import { parseHTML } from 'linkedom';
import { limits } from '../limits.ts';
import { tooLarge, unreadable } from '../refusal.ts';

export type HtmlElement = {
  nodeType: number;
  localName: string;
  childNodes: Iterable<HtmlElement>;
  children: Iterable<HtmlElement>;
  parentNode: HtmlElement | null;
  textContent: string | null;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  remove(): void;
  querySelector(selector: string): HtmlElement | null;
  querySelectorAll(selector: string): Iterable<HtmlElement>;
};
export type HtmlDocument = HtmlElement & { documentElement: HtmlElement | null };

export const ELEMENT = 1;
export const TEXT = 3;
const TAGS_MAX = 300_000;

/** Turns HTML into a tree; throws refusals for what is too large. */
export function parseHtml(text: string): HtmlDocument {
  if (text.length > limits.htmlBytes) throw tooLarge('an HTML file may have 6 MB.');
  let tags = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) tags++;
  if (tags > TAGS_MAX) throw tooLarge(`it has ${tags} tags.`);
  // What is no whole page gets a page around it, because a tree needs one root.
  const whole = /<(html|body)[\s>]/i.test(text) ? text : `<!doctype html><html><body>${text}</body></html>`;
  const { document } = parseHTML(whole) as unknown as { document: HtmlDocument };
  if (!document.documentElement) throw unreadable('there is no HTML in it.');
  return document;
}

/** How deep a tree is; without recursion, because a hostile one is deeper than the stack. */
export function measureDepth(root: HtmlElement): number {
  let level: HtmlElement[] = [root];
  let depth = 0;
  while (level.length > 0 && depth < 5_000) {
    level = level.flatMap((element) => [...element.children]);
    depth++;
  }
  return depth;
}
