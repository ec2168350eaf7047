// One search over some segments: every living passage is scored by its words and by its vector, both are brought to one
// scale, and the best are picked.

import { type Analyser, type Language, type QuestionWord, readQuestion } from '../text/index.ts';
import type { Scan } from './create-scan.ts';
import { keepBest } from './keep-best.ts';
import { lookAgain } from './look-again.ts';
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
export type Lined = Searched & { hidden: Uint8Array | undefined };

/** Scores and picks; scores are BM25 for words alone, cosines for vectors alone, and at most 1 for both together. */
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
  const places = choose(lined, { texts, cosines }, input);
  const picked = places.map(({ number, segment, score }) => {
    const { ids } = lined[segment]!.segment;
    const at = (number - lined[segment]!.from) * 16;
    return {
      id: ids.slice(at, at + 16),
      segment,
      score,
      text_score: texts ? texts[number]! : null,
      vector_score: cosines ? cosines[number]! : null,
      text_rank: input.explain && texts && texts[number]! > 0 ? rankOf(lined, texts, number) : null,
      vector_rank: input.explain && cosines ? rankOf(lined, cosines, number) : null,
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
type Place = { number: number; segment: number; score: number };

/** So many passages are looked at a second time when words and vectors are joined. */
const CANDIDATES = 300;

/** The passages to answer with, best first: by words alone what has any of them, by vectors all, by both in two looks. */
function choose(lined: readonly Lined[], { texts, cosines }: Kinds, input: ScoringInput): Place[] {
  const { limit, questions = [], textWeight } = input;
  if (!texts || !cosines) {
    const above = texts ? 0 : Number.NEGATIVE_INFINITY;
    return pickBest(lined, texts ?? cosines ?? new Float32Array(0), { size: limit, above });
  }
  const byText = textWeight / (greatest(lined, texts) || 1);
  const first = combine(lined, { texts, cosines, byText }, input);
  const size = Math.max(CANDIDATES, limit);
  const candidates = pickBest(lined, first, { size, above: Number.NEGATIVE_INFINITY });
  const again = lookAgain({ lined, questions, candidates });
  for (const { segments } of questions) {
    const own = new Set(segments);
    const isOwn = candidates.map(({ segment }) => own.has(segment));
    const most = again.reduce((so, cosine, i) => (isOwn[i] ? Math.max(so, cosine) : so), 1e-6);
    candidates.forEach((place, i) => {
      if (isOwn[i]) place.score = texts[place.number]! * byText + (again[i]! * (1 - textWeight)) / most;
    });
  }
  return candidates
    .sort((one, other) => other.score - one.score || one.number - other.number)
    .slice(0, limit);
}

/** One score a passage. Words and vectors are each measured against the best there is, vectors of each model for themselves. */
function combine(
  lined: readonly Lined[],
  { texts, cosines, byText }: { texts: Float32Array; cosines: Float32Array; byText: number },
  { textWeight, questions = [] }: ScoringInput,
): Float32Array {
  const scores = new Float32Array(texts.length);
  for (const { segments } of questions) {
    const own = segments.map((place) => lined[place]!);
    const byVector = (1 - textWeight) / Math.max(greatest(own, cosines), 1e-6);
    for (const { segment, from } of own) {
      const end = from + segment.passages;
      for (let i = from; i < end; i++) scores[i] = texts[i]! * byText + cosines[i]! * byVector;
    }
  }
  return scores;
}

function greatest(lined: readonly Lined[], scores: Float32Array): number {
  let most = 0;
  for (const { segment, from, hidden } of lined) {
    const own = scores.subarray(from, from + segment.passages);
    if (hidden) {
      for (let i = 0; i < own.length; i++) if (own[i]! > most && hidden[i] === 0) most = own[i]!;
    } else for (let i = 0; i < own.length; i++) if (own[i]! > most) most = own[i]!;
  }
  return most;
}

/** The passages with the best scores above `above`, best first. */
function pickBest(
  lined: readonly Lined[],
  scores: Float32Array,
  { size, above }: { size: number; above: number },
): Place[] {
  const wanted = Math.min(size, scores.length);
  if (wanted === 0) return [];
  const kept = keepBest(wanted);
  let least = above;
  for (const { segment, from, hidden } of lined) {
    const own = scores.subarray(from, from + segment.passages);
    for (let i = 0; i < own.length; i++) {
      if (own[i]! <= least || (hidden !== undefined && hidden[i] === 1)) continue;
      kept.offer(from + i, own[i]!);
      least = Math.max(above, kept.threshold());
    }
  }
  return kept.sorted().map(({ number, score }) => ({
    number,
    score,
    segment: lined.findLastIndex(({ from }) => from <= number),
  }));
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
