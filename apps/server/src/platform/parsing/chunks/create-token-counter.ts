// Tokens as the local embedding model counts them, word by word and remembered: a character estimate is wrong for Chinese, and
// running the whole tokenizer over each candidate of a piece is slow. Words never count together, so counts can be added up.
import { readFileSync } from 'node:fs';
import { tokenizerPath } from '../../embeddings/prepare-model.ts';

export type TokenCounter = {
  /** The tokens of a text, without the two that mark its ends. */
  count(text: string): number;
  /** Where each word begins and ends, and its tokens. */
  words(text: string): Iterable<{ start: number; end: number; tokens: number }>;
};

/** The tokenizer takes a longer word for one unknown token, which would let a piece grow without bound. */
const WORD_MAX = 100;
const REMEMBERED = 200_000;
/** What the tokenizer makes a token of by itself: punctuation, signs, Chinese characters. */
const ALONE = String.raw`\p{P}\u0021-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u007E\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2EBEF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}`;
const WORD = new RegExp(`[${ALONE}]|[^\\s${ALONE}]+`, 'gu');

/** Reads the vocabulary (30,522 words) and makes a counter. */
export function createTokenCounter(): TokenCounter {
  const { model } = JSON.parse(readFileSync(tokenizerPath, 'utf8')) as {
    model: { vocab: Record<string, number> };
  };
  const vocabulary = new Set(Object.keys(model.vocab));
  const known = new Map<string, number>();
  const tokensOf = (word: string): number => {
    const before = known.get(word);
    if (before !== undefined) return before;
    const tokens = countWord(word, vocabulary);
    if (known.size < REMEMBERED) known.set(word, tokens);
    return tokens;
  };
  return {
    count(text) {
      let sum = 0;
      // One word after the other: a list of the words of a whole document may be many times as large as the document.
      WORD.lastIndex = 0;
      for (let word = WORD.exec(text); word; word = WORD.exec(text)) sum += tokensOf(word[0]);
      return sum;
    },
    *words(text) {
      for (const match of text.matchAll(WORD))
        yield { start: match.index, end: match.index + match[0].length, tokens: tokensOf(match[0]) };
    },
  };
}

function countWord(word: string, vocabulary: ReadonlySet<string>): number {
  const plain = word
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '');
  if (plain === '') return 0;
  const characters = [...plain];
  if (characters.length > WORD_MAX) return Math.ceil(characters.length / 4);
  let tokens = 0;
  for (let start = 0; start < characters.length; ) {
    let end = characters.length;
    while (end > start && !vocabulary.has((start === 0 ? '' : '##') + characters.slice(start, end).join('')))
      end--;
    if (end === start) return 1; // one unknown token stands for the whole word
    start = end;
    tokens++;
  }
  return tokens;
}
