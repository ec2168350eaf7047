// The sentences that answer a question best: by the words they have in common with it, the rarer the better, by their
// meaning, and by how near the top their passage was found. No two say the same, and at most three documents are quoted.
import { createAnalyser, guessLanguage } from '../../../platform/text/index.ts';
import { cutSentences, type Sentence } from './cut-sentences.ts';
import type { Quotable } from './read-conversation.ts';

export type Quote = { text: string; passage: Quotable };
type Embed = (texts: string[]) => Promise<Float32Array[]>;

const QUOTES_MAX = 5;
const DOCUMENTS_MAX = 3;
/** Sentences whose meaning is compared: the most promising by their words. */
const COMPARED_MAX = 48;
/** How much words, meaning and rank count; what is below the least is no answer. */
const [WORDS, MEANING, RANK] = [0.5, 0.4, 0.1];
const LEAST = 0.3;
/** Of the best sentence's score: what is far behind it only dilutes it. */
const BESIDE_BEST = 0.6;
const SAME = 0.7;
const analyser = createAnalyser();

/** The best sentences in readable order: documents by their best sentence, then as they stand. At most 5. */
export async function chooseSentences(
  question: string,
  passages: readonly Quotable[],
  embed: Embed,
): Promise<Quote[]> {
  const sentences = cutSentences(passages);
  const worded = scoreWords(formsOf(question), sentences).sort(
    (a, b) => b.words - a.words || a.passage - b.passage,
  );
  const best = worded.slice(0, COMPARED_MAX);
  if (best.length === 0) return [];
  // Without the model that compares meanings, words decide.
  const [asked, ...vectors] = await embed([question, ...best.map((one) => one.text)]).catch(() => []);
  const scored = best
    .map((one, i) => ({ ...one, score: scoreOf(one, asked && vectors[i] && cosine(asked, vectors[i])) }))
    .sort((a, b) => b.score - a.score);
  return inOrder(pick(scored, passages), passages);
}

type Worded = Sentence & { words: number; forms: Set<string> };
type Scored = Worded & { score: number };

function formsOf(text: string): Set<string> {
  const forms = new Set<string>();
  analyser.countForms(text, guessLanguage(text), (form) => void forms.add(form));
  return forms;
}

/** The share of the question's words that a sentence has, each weighed by how rare it is among the sentences. */
function scoreWords(wanted: Set<string>, sentences: Sentence[]): Worded[] {
  const read = sentences.map((one) => ({ ...one, forms: formsOf(one.text) }));
  const weights = new Map(
    [...wanted].map((form) => {
      const found = read.filter(({ forms }) => forms.has(form)).length;
      return [form, found === 0 ? 0.5 : Math.log(1 + read.length / found)];
    }),
  );
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0) || 1;
  return read.map((one) => {
    const common = [...weights].reduce((sum, [form, weight]) => sum + (one.forms.has(form) ? weight : 0), 0);
    return { ...one, words: common / total };
  });
}

function scoreOf({ words, passage, place }: Worded, meaning: number | undefined): number {
  const rank = Math.min(1, 1 / (1 + passage) + (place === 0 ? 0.1 : 0));
  return WORDS * words + MEANING * Math.max(0, meaning ?? words) + RANK * rank;
}

const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

function pick(scored: Scored[], passages: readonly Quotable[]): Scored[] {
  const least = Math.max(LEAST, (scored[0]?.score ?? 0) * BESIDE_BEST);
  const picked: Scored[] = [];
  const documents = new Set<string>();
  for (const one of scored) {
    if (picked.length === QUOTES_MAX || one.score < least) break;
    const { documentKey } = passages[one.passage]!;
    if (!documents.has(documentKey) && documents.size === DOCUMENTS_MAX) continue;
    if (picked.some((other) => overlap(other.forms, one.forms) >= SAME)) continue;
    documents.add(documentKey);
    picked.push(one);
  }
  return picked;
}

function overlap(a: Set<string>, b: Set<string>): number {
  const both = [...a].filter((form) => b.has(form)).length;
  return both / (Math.min(a.size, b.size) || 1);
}

function inOrder(picked: Scored[], passages: readonly Quotable[]): Quote[] {
  const keyOf = (one: Scored) => passages[one.passage]!.documentKey;
  const order = [...new Set(picked.map(keyOf))];
  return picked
    .toSorted(
      (a, b) =>
        order.indexOf(keyOf(a)) - order.indexOf(keyOf(b)) || a.passage - b.passage || a.place - b.place,
    )
    .map((one) => ({ text: one.text, passage: passages[one.passage]! }));
}
