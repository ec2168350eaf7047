// A follow-up question says "it" and means what was spoken of before: without a model, the words of the subject are carried
// over from the conversation. The answer shows what was searched for, so that nobody has to guess.
import { createAnalyser, findWords } from '../../../platform/text/index.ts';

export type Turn = { role: 'user' | 'assistant' | 'system'; content: string };

/** Words that stand for something said before, in English and German. */
const REFERENCES = new Set(
  'it its they them their theirs this that these those he him his she her hers one ones there former latter same such also too else another es ihn ihm sie ihr ihre ihnen dies diese dieser dieses das davon dazu damit dort dafür darüber auch sonst'.split(
    ' ',
  ),
);
const FOLLOW_UP =
  /^\s*(and|or|but|so|what about|how about|why|und|oder|aber|was ist mit|wie ist es mit|warum)\b/iu;
/** A question with so few words of its own leans on what was said before. */
const WORDS_FEW = 3;
const CARRIED_MAX = 8;
const TURNS_MAX = 3;
const CHARACTERS_MAX = 2_000;
const analyser = createAnalyser();

/** The question with the topic of the conversation, where it leans on that; else the question as it is. */
export function completeQuestion(question: string, history: readonly Turn[]): string {
  const own = contentOf(question);
  if (!leansOn(question, own.size)) return question;
  const asked = history.filter(({ role }) => role === 'user').slice(-TURNS_MAX);
  const carried = new Map<string, string>();
  for (const { content } of asked.toReversed()) {
    for (const [form, word] of contentOf(content.slice(0, CHARACTERS_MAX)))
      if (!own.has(form) && !carried.has(form) && carried.size < CARRIED_MAX) carried.set(form, word);
    // A question that stands by itself began the topic: what was before it is another one.
    if (!leansOn(content, contentOf(content).size)) break;
  }
  return carried.size === 0 ? question : `${question} ${[...carried.values()].join(' ')}`;
}

function leansOn(question: string, ownWords: number): boolean {
  if (ownWords < WORDS_FEW || FOLLOW_UP.test(question)) return true;
  return (question.toLowerCase().match(/\p{L}+/gu) ?? []).some((word) => REFERENCES.has(word));
}

/** Words that say something, by their stem, as they were written. */
function contentOf(text: string): Map<string, string> {
  const words = new Map<string, string>();
  findWords(text, (word) => {
    if (REFERENCES.has(word.toLowerCase())) return;
    const [form] = analyser.formsOf(word, 'en');
    if (form !== undefined && analyser.formsOf(word, 'de').length > 0 && !words.has(form))
      words.set(form, word);
  });
  return words;
}
