// Deny lists: words and phrases, whatever their case, accents, width or spacing, and with invisible signs put between their
// letters. One pass over the text for any number of words (Aho and Corasick, 1975).
import type { Match } from './match.ts';

type Node = { next: Map<string, Node>; fail: Node | undefined; words: number[] };
type Folded = { text: string; starts: number[]; ends: number[] };
export type WordFinder = (text: string) => Match[];

const wordSign = /[\p{L}\p{N}]/u;
/** Scripts that put no spaces between words. */
const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/** A finder of the words; each match has the kind `word` and is sure. */
export function createWordFinder(words: readonly string[]): WordFinder {
  const folded = words.map((word) => fold(word).text.trim()).filter((word) => word !== '');
  const root = buildTree(folded);
  return function findWords(text) {
    const { text: plain, starts, ends } = fold(text);
    const found: Match[] = [];
    let node = root;
    for (let i = 0; i < plain.length; i++) {
      const sign = plain[i]!;
      while (node !== root && !node.next.has(sign)) node = node.fail!;
      node = node.next.get(sign) ?? root;
      for (const index of node.words) {
        const start = i + 1 - folded[index]!.length;
        if (isWhole(plain, start, i + 1))
          found.push({ kind: 'word', start: starts[start]!, end: ends[i]!, score: 1 });
      }
    }
    return found;
  };
}

function isWhole(text: string, start: number, end: number): boolean {
  const joins = (inside: string, outside: string | undefined) =>
    outside !== undefined && wordSign.test(inside) && wordSign.test(outside) && !spaceless.test(inside);
  return !joins(text[start]!, text[start - 1]) && !joins(text[end - 1]!, text[end]);
}

function buildTree(words: readonly string[]): Node {
  const newNode = (): Node => ({ next: new Map(), fail: undefined, words: [] });
  const root = newNode();
  for (const [index, word] of words.entries()) {
    let node = root;
    for (const sign of word.split('')) {
      const next = node.next.get(sign) ?? newNode();
      node.next.set(sign, next);
      node = next;
    }
    node.words.push(index);
  }
  const queue: Node[] = [root];
  for (let node = queue.shift(); node; node = queue.shift()) {
    for (const [sign, child] of node.next) {
      let fail = node.fail;
      while (fail && !fail.next.has(sign)) fail = fail.fail;
      child.fail = fail?.next.get(sign) ?? root;
      child.words = [...child.words, ...child.fail.words];
      queue.push(child);
    }
  }
  return root;
}

/** The text in one spelling, and for each of its units where it comes from. */
function fold(text: string): Folded {
  const units: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const sign of text) {
    const plain = foldSign(sign);
    const end = at + sign.length;
    if (plain === ' ' && units.at(-1) === ' ') ends[ends.length - 1] = end;
    else
      for (const unit of plain.split('')) {
        units.push(unit);
        starts.push(at);
        ends.push(end);
      }
    at = end;
  }
  return { text: units.join(''), starts, ends };
}

function foldSign(sign: string): string {
  const code = sign.charCodeAt(0);
  if (code < 128) {
    if (code <= 32) return ' ';
    return code >= 65 && code <= 90 ? String.fromCharCode(code + 32) : sign;
  }
  return sign
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toUpperCase()
    .toLowerCase()
    .replace(/\s/gu, ' ');
}
