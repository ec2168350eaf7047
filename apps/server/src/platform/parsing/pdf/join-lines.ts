// The lines of a paragraph as one text: parted words are whole again, and only lines that were ended on purpose stay lines.
import { oneLine } from '../text/markdown.ts';
import type { Line } from './lay-out-lines.ts';

/** Joins lines; `words` are those the document has unparted, `right` is where its text ends. */
export function joinLines(lines: readonly Line[], words: ReadonlySet<string>, right: number): string {
  return lines.reduce((text, line, i) => {
    const last = lines[i - 1];
    const own = oneLine(line.text);
    if (!last) return own;
    const parted = /(\p{L}+)[-\u00ad\u2010]$/u.exec(text);
    const next = /^\p{Ll}+/u.exec(own);
    if (parted && next) return isCompound(parted[1]!, next[0], words) ? text + own : text.slice(0, -1) + own;
    return text + (endsOnPurpose(last, line, right) ? '\n' : ' ') + own;
  }, '');
}

/** The first word of the next line had room in this one. */
function endsOnPurpose(last: Line, next: Line, right: number): boolean {
  const each = (last.right - last.left) / Math.max(1, last.text.length);
  const first = oneLine(next.text).split(' ', 1)[0]!.length * each;
  return last.right + first + each * 2 < right && next.bottom > last.bottom;
}

function isCompound(left: string, right: string, words: ReadonlySet<string>): boolean {
  const [whole, hyphenated] = [`${left}${right}`.toLowerCase(), `${left}-${right}`.toLowerCase()];
  return !words.has(whole) && words.has(hyphenated);
}
