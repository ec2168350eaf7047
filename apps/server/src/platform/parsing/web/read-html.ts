// HTML: the page's own text without what surrounds it on every page of a site, and without what no browser shows.
import { Readability } from '@mozilla/readability';
import type { Draft, Notes, Source } from '../document.ts';
import { decodeText } from '../text/decode-text.ts';
import { dropHidden } from './drop-hidden.ts';
import { type HtmlDocument, type HtmlElement, measureDepth, parseHtml } from './html-element.ts';
import { writeHtml } from './write-html.ts';

const SURROUNDINGS =
  'nav,[role=navigation],[role=banner],[role=contentinfo],[role=search],.noprint,.mw-editsection,.navbox,.sr-only,.visually-hidden,.screen-reader-text';
const EDGES = 'footer,aside,body > header';
/** Deeper trees are not for Readability, which walks them many times. */
const READABLE_DEPTH = 100;
const READABLE_CHARACTERS = 600_000;

/** Reads a page of HTML. */
export function readHtml(source: Source, notes: Notes): Draft {
  const document = parseHtml(decodeText(source.bytes, { declared: declaredCharset(source.bytes) }).text);
  const said = readHead(document);
  dropHidden(document, notes);
  const main = findMain(document);
  return { ...said, sections: [{ markdown: writeHtml(main), page: null }] };
}

/** The Markdown of a piece of HTML that is all text, such as a chapter or the body of a mail. */
export function writeHtmlText(html: string, notes: Notes): string {
  const document = parseHtml(html);
  dropHidden(document, notes);
  return writeHtml(document.querySelector('body') ?? document.documentElement!);
}

function readHead(document: HtmlDocument) {
  const meta = (name: string) =>
    document
      .querySelector(`meta[name="${name}"],meta[property="${name}"]`)
      ?.getAttribute('content')
      ?.trim() || undefined;
  return {
    title: document.querySelector('title')?.textContent?.trim() || meta('og:title'),
    language: document.documentElement?.getAttribute('lang') ?? undefined,
    metadata: {
      author: meta('author') ?? meta('article:author'),
      description: meta('description') ?? meta('og:description'),
      keywords: meta('keywords'),
      published: meta('article:published_time') ?? meta('date'),
      site: meta('og:site_name'),
    },
  };
}

function declaredCharset(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(2_048, bytes.length)).toString('latin1');
  return /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i.exec(head)?.[1];
}

/** The element that holds the text: what the page says is its main part, else what Readability finds, else all but the edges. */
function findMain(document: HtmlDocument): HtmlElement {
  for (const element of [...document.querySelectorAll(SURROUNDINGS)]) element.remove();
  const body = document.querySelector('body') ?? document.documentElement!;
  const articles = [...body.querySelectorAll('article')];
  const said = body.querySelector('main,[role=main]') ?? (articles.length === 1 ? articles[0] : undefined);
  if (said && lengthOf(said) > lengthOf(body) * 0.25) return said;
  for (const element of [...document.querySelectorAll(EDGES)]) element.remove();
  const all = lengthOf(body);
  // A short page has nothing around its text, and a tree that is very large or deep is read as it is.
  if (all < 2_000 || all > READABLE_CHARACTERS || measureDepth(body) > READABLE_DEPTH) return body;
  return findReadable(document, all) ?? body;
}

function findReadable(document: HtmlDocument, all: number): HtmlElement | undefined {
  const copy = (document as unknown as { cloneNode(deep: boolean): HtmlDocument }).cloneNode(true);
  try {
    const reading = new Readability<HtmlElement>(copy as never, {
      serializer: (element) => element as unknown as HtmlElement,
    }).parse();
    const found = reading?.content;
    return found && lengthOf(found) > all * 0.4 ? found : undefined;
  } catch {
    return undefined;
  }
}

function lengthOf(element: HtmlElement): number {
  return (element.textContent ?? '').replace(/\s+/g, ' ').length;
}
