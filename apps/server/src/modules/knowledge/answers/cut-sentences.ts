// A passage as the sentences that can be quoted from it: neither headings nor table rows nor scraps.

export type Sentence = { text: string; passage: number; place: number };

const CHARACTERS_MIN = 20;
const CHARACTERS_MAX = 600;
const SENTENCES_MAX = 400;
const cutter = new Intl.Segmenter('en', { granularity: 'sentence' });
/** After these a sentence goes on. */
const ABBREVIATION =
  /(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|no|nr|z\.B|d\.h|bzw|ca|Dr|Mr|Mrs|Ms|St|Prof|Inc|Ltd|Co|Corp|fig|p|pp|[A-Z])\.\s*$/;

/** The sentences of passages, at most 400; `passage` is its place in the list, `place` the sentence's in the passage. */
export function cutSentences(passages: readonly { text: string }[]): Sentence[] {
  return passages
    .flatMap(({ text }, passage) => sentencesOf(text).map((one, place) => ({ text: one, passage, place })))
    .slice(0, SENTENCES_MAX);
}

function sentencesOf(text: string): string[] {
  return text
    .split(/\n{2,}|\n(?=\s*(?:[-*•]|\d+[.)])\s)/)
    .flatMap(segmentsOf)
    .map((one) => one.trim())
    .filter((one) => one.length >= CHARACTERS_MIN && one.length <= CHARACTERS_MAX && /\p{L}/u.test(one));
}

function segmentsOf(block: string): string[] {
  const sentences: string[] = [];
  for (const { segment } of cutter.segment(plainOf(block))) {
    const last = sentences.at(-1);
    if (last !== undefined && ABBREVIATION.test(last)) sentences[sentences.length - 1] = last + segment;
    else sentences.push(segment);
  }
  return sentences;
}

/** Without headings, tables, rules, and Markdown's signs. */
function plainOf(block: string): string {
  return block
    .split('\n')
    .filter((line) => !/^\s*(#{1,6}\s|\||```|---|\*\*\*)/.test(line))
    .join(' ')
    .replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '')
    .replace(/!?\[([^\]]{0,300})\]\([^)\s]{0,500}\)/g, '$1')
    .replace(/[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
