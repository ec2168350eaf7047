// One search over some segments: every living passage is scored by its words and by its vector, both are brought to one
// scale, and the best are picked. Nothing is left out on the way: there is no list of candidates that could be too short.

import { type Analyser, type Language, type QuestionWord, readQuestion } from '../text/index.ts';
import type { Scan } from './create-scan.ts';
import { keepBest } from './keep-best.ts';
import { languageBits, type SegmentView } from './open-segment.ts';
import { type Searched, scoreText } from './score-text.ts';
import { type Scratch, scoreVectors } from './score-vectors.ts';

export type SearchedSegment = {
  segment: SegmentView;
  /** Numbers of documents that are dead. */
  dead: readonly number[];
  /** Numbers of the documents that may be found; all of them if it is left out. Figures are counted over all. */
  allowed?: readonly number[] | undefined;
};
/** A question's vector, of length one, and the segments (by their places) whose vectors are of the same model. */
export type VectorQuestion = { vector: Float32Array; segments: readonly number[] };
export type ScoringInput = {
  segments: readonly SearchedSegment[];
  /** The question; left out: nothing is scored by its words. */
  text?: string | undefined;
  /** Left out: nothing is scored by its vector. */
  questions?: readonly VectorQuestion[] | undefined;
  /** How much the words count where both are given, 0 to 1. */
  textWeight: number;
  /** How many of the best are wanted. */
  limit: number;
  /** Whether ranks by words and by vector alone are wanted as well. */
  explain?: boolean | undefined;
};
/** A picked passage; ranks begin with 1. */
export type Picked = {
  id: Uint8Array;
  segment: number;
  score: number;
  text_score: number | null;
  text_rank: number | null;
  vector_score: number | null;
  vector_rank: number | null;
  /** By how much the score grows with the vector's. */
  vector_factor: number;
};
export type ScoringResult = {
  /** Best first. */
  picked: Picked[];
  /** The words that were searched for, and in how many living passages each is. */
  words: (QuestionWord & { passages: number })[];
  languages: Language[];
  /** Living passages that were allowed to be found. */
  passages: number;
};

/** What one thread scores with. */
export type ScoringKit = { scan: Scan; scratch: Scratch; analyser: Analyser };
type Lined = Searched & { hidden: Uint8Array | undefined };

/** Scores and picks; scores are BM25 for words alone, cosines for vectors alone, and at most 1 for both. */
export function scoreSegments(kit: ScoringKit, input: ScoringInput): ScoringResult {
  const lined = lineUp(input.segments);
  const total = lined.reduce((sum, { segment }) => sum + segment.passages, 0);
  const languages = languagesOf(lined);
  const words = input.text === undefined ? [] : readQuestion(kit.analyser, input.text, languages);
  const texts = input.text === undefined ? undefined : new Float32Array(total);
  const figures = texts && scoreText(lined, words, texts);
  const cosines = input.questions && new Float32Array(total);
  for (const { vector, segments } of input.questions ?? []) {
    const own = segments.map((place) => lined[place]!);
    scoreVectors({ ...kit, question: vector }, own, cosines!);
  }
  const { scores, factors } = combine(lined, { texts, cosines }, input);
  // What has none of the words is not found by words alone.
  const above = cosines ? Number.NEGATIVE_INFINITY : 0;
  const best = pickBest(lined, scores, { size: Math.min(input.limit, total), above });
  const picked = best.map((number) => {
    const segment = lined.findLastIndex(({ from }) => from <= number);
    const { ids } = lined[segment]!.segment;
    const at = (number - lined[segment]!.from) * 16;
    return {
      id: ids.slice(at, at + 16),
      segment,
      score: scores[number]!,
      text_score: texts ? texts[number]! : null,
      vector_score: cosines ? cosines[number]! : null,
      text_rank: input.explain && texts && texts[number]! > 0 ? rankOf(lined, texts, number) : null,
      vector_rank: input.explain && cosines ? rankOf(lined, cosines, number) : null,
      vector_factor: factors[segment] ?? 0,
    };
  });
  const counted = words.map((word, i) => ({ ...word, passages: figures?.found[i] ?? 0 }));
  return { picked, words: counted, languages, passages: countShown(lined) };
}

/** The languages that the passages are in. */
function languagesOf(lined: readonly Lined[]): Language[] {
  const bits = lined.reduce((all, { segment }) => all | segment.languages, 0);
  return (Object.keys(languageBits) as Language[]).filter((language) => bits & languageBits[language]);
}

/** Numbers the passages of all segments through, and marks those that are dead or not to be found. */
function lineUp(segments: readonly SearchedSegment[]): Lined[] {
  let from = 0;
  return segments.map(({ segment, dead: documents, allowed }) => {
    const dead = documents.length === 0 ? undefined : mark(segment, documents);
    const shown = allowed && mark(segment, allowed);
    const hidden = shown ? shown.map((mark, i) => (mark === 1 && !dead?.[i] ? 0 : 1)) : dead;
    const own = { segment, from, dead, hidden };
    from += segment.passages;
    return own;
  });
}

/** 1 for each passage of the documents given. */
function mark(segment: SegmentView, documents: readonly number[]): Uint8Array {
  const marks = new Uint8Array(segment.passages);
  for (const document of documents) marks.fill(1, segment.starts[document], segment.starts[document + 1]);
  return marks;
}

type Kinds = { texts: Float32Array | undefined; cosines: Float32Array | undefined };

/** One score a passage. Words and vectors are each measured against the best there is, vectors of each model for themselves. */
function combine(lined: readonly Lined[], { texts, cosines }: Kinds, input: ScoringInput) {
  if (!cosines) return { scores: texts ?? new Float32Array(0), factors: [] };
  if (!texts) return { scores: cosines, factors: lined.map(() => 1) };
  const { textWeight, questions = [] } = input;
  const byText = textWeight / (greatest(lined, texts) || 1);
  const scores = new Float32Array(texts.length);
  const factors: number[] = [];
  for (const { segments } of questions) {
    const own = segments.map((place) => lined[place]!);
    const byVector = (1 - textWeight) / Math.max(greatest(own, cosines), 1e-6);
    for (const place of segments) factors[place] = byVector;
    for (const { segment, from } of own)
      for (let i = from; i < from + segment.passages; i++)
        scores[i] = texts[i]! * byText + cosines[i]! * byVector;
  }
  return { scores, factors };
}

function greatest(lined: readonly Lined[], scores: Float32Array): number {
  let most = 0;
  for (const { segment, from, hidden } of lined)
    for (let i = 0; i < segment.passages; i++)
      if (scores[from + i]! > most && !hidden?.[i]) most = scores[from + i]!;
  return most;
}

/** Numbers of the passages with the best scores above `above`, best first. */
function pickBest(
  lined: readonly Lined[],
  scores: Float32Array,
  { size, above }: { size: number; above: number },
): number[] {
  if (size === 0) return [];
  const kept = keepBest(size);
  let least = above;
  for (const { segment, from, hidden } of lined)
    for (let i = 0; i < segment.passages; i++) {
      const score = scores[from + i]!;
      if (score <= least || hidden?.[i]) continue;
      kept.offer(from + i, score);
      least = Math.max(above, kept.threshold());
    }
  return kept.sorted().map(({ number }) => number);
}

function rankOf(lined: readonly Lined[], scores: Float32Array, number: number): number {
  let better = 0;
  for (const { segment, from, hidden } of lined)
    for (let i = 0; i < segment.passages; i++)
      if (scores[from + i]! > scores[number]! && !hidden?.[i]) better++;
  return better + 1;
}

function countShown(lined: readonly Lined[]): number {
  let shown = 0;
  for (const { segment, hidden } of lined) {
    shown += segment.passages;
    if (hidden) for (const mark of hidden) shown -= mark;
  }
  return shown;
}
