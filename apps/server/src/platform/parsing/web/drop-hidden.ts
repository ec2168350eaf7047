// Takes out of a page what a browser does not show, and tells of the words that stood there: they are how pages try to speak
// to a machine behind the reader's back.
import type { Notes } from '../document.ts';
import { oneLine } from '../text/markdown.ts';
import type { HtmlElement } from './html-element.ts';

const SILENT =
  'script,style,template,noscript,svg,canvas,iframe,object,embed,link,meta,head,select,option,button,input,textarea,dialog:not([open])';
const TINY = /(^|;)\s*font-size\s*:\s*(0|0?\.\d+|1)(px|pt|em|rem|%)?\s*(!important)?\s*(;|$)/i;
const GONE = /(^|;)\s*(display\s*:\s*none|visibility\s*:\s*(hidden|collapse))/i;
const CLEAR = /(^|;)\s*opacity\s*:\s*(0|0?\.0\d*)\s*(!important)?\s*(;|$)/i;
const AWAY = /(^|;)\s*(left|top|right|text-indent|margin-left)\s*:\s*-\s*(\d{4,}|[5-9]\d\d)/i;
const WHITE =
  /(^|;)\s*color\s*:\s*(white|#fff|#ffffff|#fffffe|#fefefe|rgba?\(\s*255\s*,\s*255\s*,\s*255[^)]*\)|transparent)/i;
const PAINTED = /(^|;)\s*background(-color|-image)?\s*:/i;
const CLIPPED =
  /(^|;)\s*(clip\s*:\s*rect\(\s*0|clip-path\s*:\s*inset\(\s*(50|100)%|height\s*:\s*0(px)?\s*;.*overflow\s*:\s*hidden)/i;

/** Removes what is not shown from the tree. */
export function dropHidden(root: HtmlElement, notes: Notes): void {
  const rules = readRules(root);
  for (const element of [...root.querySelectorAll(SILENT)]) element.remove();
  // Outer elements come first: what is inside of one that was removed is not told of again.
  for (const element of [...root.querySelectorAll('[hidden],[style],[class],[id],[bgcolor],font[color]')]) {
    const reason = findReason(element, rules);
    if (reason === undefined || !isInside(element, root)) continue;
    const words = oneLine(element.textContent ?? '');
    if (words !== '') notes.hide(words, reason);
    element.remove();
  }
}

function isInside(element: HtmlElement, root: HtmlElement): boolean {
  let at: HtmlElement | null = element;
  while (at && at !== root) at = at.parentNode;
  return at !== null;
}

function findReason(element: HtmlElement, rules: Map<string, string>): string | undefined {
  const style = [
    element.getAttribute('style') ?? '',
    ...(element.getAttribute('class') ?? '')
      .split(/\s+/)
      .slice(0, 30)
      .map((name) => rules.get(`.${name}`) ?? ''),
    rules.get(`#${element.getAttribute('id')}`) ?? '',
  ].join(';');
  if (element.hasAttribute('hidden') || GONE.test(style)) return 'not displayed';
  if (TINY.test(style)) return 'too small to read';
  if (CLEAR.test(style)) return 'transparent';
  if (AWAY.test(style) || CLIPPED.test(style)) return 'outside the page';
  const color = element.localName === 'font' ? `color:${element.getAttribute('color') ?? ''}` : style;
  return WHITE.test(color) && !isPainted(element) ? 'white on white' : undefined;
}

function isPainted(element: HtmlElement): boolean {
  let at: HtmlElement | null = element;
  for (let steps = 0; at && steps < 50; steps++, at = at.parentNode) {
    if (at.nodeType !== 1) return false;
    // A class may paint the ground in a style sheet that is not here.
    if (PAINTED.test(at.getAttribute('style') ?? '') || at.hasAttribute('bgcolor')) return true;
    if (at !== element && at.hasAttribute('class')) return true;
  }
  return false;
}

/** The rules of the page's own style sheets that are for one class or one id; others say too little without a browser. */
function readRules(root: HtmlElement): Map<string, string> {
  const rules = new Map<string, string>();
  for (const sheet of root.querySelectorAll('style')) {
    const text = (sheet.textContent ?? '')
      .slice(0, 200_000)
      .replace(/\/\*.*?\*\//gs, '')
      .replace(/@media[^{]*print[^{]*\{.*?\}\s*\}/gs, '');
    for (const [, selectors, body] of text.matchAll(/([^{}]{1,500})\{([^{}]{1,2000})\}/g))
      for (const selector of selectors!.split(','))
        if (/^[.#][\w-]+$/.test(selector.trim()) && rules.size < 5_000) rules.set(selector.trim(), body!);
  }
  return rules;
}
