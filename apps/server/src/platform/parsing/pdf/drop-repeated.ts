// What stands at the top or bottom of page after page is said once; numbers of pages are not text.
import type { Line } from './lay-out-lines.ts';

export type PageLines = { lines: Line[]; height: number };

/** The parts of a page, of its height, where headers and footers stand; and the lines at each end that are looked at. */
const EDGE = 0.12;
const EDGE_LINES = 4;
const PAGES_MIN = 3;
const SHARE = 0.6;
const PAGE_NUMBER =
  /^[-–—\s]*((page|seite|p\.|página|pagina)\s*)?\d{1,4}(\s*(of|von|\/|de|sur|di)\s*\d{1,4})?[-–—\s]*$/i;

/** Drops repeated lines from all pages but the first that has them. */
export function dropRepeated(pages: PageLines[]): void {
  const seen = new Map<string, number>();
  for (const page of pages)
    for (const key of new Set(edgesOf(page).map(keyOf))) seen.set(key, (seen.get(key) ?? 0) + 1);
  const enough = Math.max(PAGES_MIN, pages.length * SHARE);
  const said = new Set<string>();
  for (const page of pages) {
    const edges = new Set(edgesOf(page));
    const own = new Set<string>();
    page.lines = page.lines.filter((line) => {
      if (!edges.has(line)) return true;
      if (PAGE_NUMBER.test(line.text)) return false;
      const key = keyOf(line);
      if ((seen.get(key) ?? 0) < enough) return true;
      own.add(key);
      return !said.has(key);
    });
    for (const key of own) said.add(key);
  }
}

function edgesOf({ lines, height }: PageLines): Line[] {
  const top = lines.filter(({ bottom }) => bottom < height * EDGE).slice(0, EDGE_LINES);
  const low = lines.filter(({ bottom, size }) => bottom - size > height * (1 - EDGE)).slice(-EDGE_LINES);
  return [...top, ...low];
}

function keyOf({ text }: Line): string {
  return text.replace(/\d+/g, '#').replace(/\s+/g, ' ').trim().toLowerCase();
}
