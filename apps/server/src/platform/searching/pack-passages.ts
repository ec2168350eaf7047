// Passages → one segment: their words analysed and gathered term by term, their vectors as bytes.
import type { Analyser } from '../text/create-analyser.ts';
import { guessLanguage } from '../text/guess-language.ts';
import type { Language } from '../text/stop-words.ts';
import { languageBits } from './open-segment.ts';
import { quantizeVector, strideOf } from './quantize-vector.ts';
import { addTerm, beginTerms, type SegmentParts, writeSegment } from './write-segment.ts';

export type Passage = {
  id: string;
  documentId: string;
  version: number;
  title: string;
  headingPath: string[];
  text: string;
  /** Of length one; all of one segment have the same number of dimensions. */
  vector: Float32Array;
};
export type DocumentVersion = { documentId: string; version: number };
/** `documents` in the order of their numbers in the segment. */
export type PackedSegment = {
  bytes: Uint8Array<ArrayBuffer>;
  passages: number;
  documents: DocumentVersion[];
};

/** How much a word counts by where it stands. */
export const fieldWeights = { text: 1, heading: 1, title: 1 } as const;
const LENGTH_MAX = 65_535;
const TITLE_CHARACTERS = 1_000;

type Gathered = Map<string, { passages: number[]; counts: number[] }>;

/** Packs passages; those of one document version need not stand together. */
export function packPassages(analyser: Analyser, passages: readonly Passage[]): PackedSegment {
  const groups = [...Map.groupBy(passages, (one) => `${one.documentId} ${one.version}`).values()];
  const ordered = groups.flat();
  const gathered: Gathered = new Map();
  const lengths = new Uint16Array(ordered.length);
  const starts = new Uint32Array(groups.length + 1);
  let languages = 0;
  let number = 0;
  groups.forEach((group, document) => {
    starts[document] = number;
    const language = guessLanguage(
      group
        .slice(0, 20)
        .map((one) => one.text)
        .join('\n'),
    );
    languages |= languageBits[language];
    for (const passage of group)
      lengths[number] = gather(gathered, passage, { analyser, language, number: number++ });
  });
  starts[groups.length] = number;
  const parts = { ids: idsOf(ordered), starts, lengths, languages, terms: sortTerms(gathered) };
  return {
    bytes: writeSegment({ ...parts, ...packVectors(ordered) }),
    passages: ordered.length,
    documents: groups.map(([first]) => ({ documentId: first!.documentId, version: first!.version })),
  };
}

type At = { analyser: Analyser; language: Language; number: number };

/** Counts one passage's words; answers how many there are, as far as 16 bits go. */
function gather(gathered: Gathered, passage: Passage, { analyser, language, number }: At): number {
  const counts = new Map<string, number>();
  let length = 0;
  const countIn = (text: string, weight: number) =>
    analyser.countForms(text, language, (form) => {
      counts.set(form, (counts.get(form) ?? 0) + weight);
      length += weight;
    });
  countIn(passage.text, fieldWeights.text);
  countIn(passage.headingPath.join('\n').slice(0, TITLE_CHARACTERS), fieldWeights.heading);
  countIn(passage.title.slice(0, TITLE_CHARACTERS), fieldWeights.title);
  for (const [form, count] of counts) {
    const term = gathered.get(form) ?? { passages: [], counts: [] };
    if (term.passages.length === 0) gathered.set(form, term);
    term.passages.push(number);
    term.counts.push(count);
  }
  return Math.min(length, LENGTH_MAX);
}

function sortTerms(gathered: Gathered): SegmentParts['terms'] {
  const terms = beginTerms();
  const encoder = new TextEncoder();
  const sorted = [...gathered].map(([form, term]) => ({ spelling: encoder.encode(form), term }));
  sorted.sort((one, other) => Buffer.compare(one.spelling, other.spelling));
  for (const { spelling, term } of sorted) addTerm(terms, spelling, term);
  return terms;
}

function packVectors(passages: readonly Passage[]) {
  const dimensions = passages[0]?.vector.length ?? 0;
  const stride = strideOf(dimensions);
  const vectors = new Int8Array(passages.length * stride);
  const scales = new Float32Array(passages.length);
  passages.forEach(({ vector }, i) => {
    if (vector.length !== dimensions)
      throw new Error('Vectors of one segment must have the same dimensions.');
    scales[i] = quantizeVector(vector, vectors.subarray(i * stride, (i + 1) * stride));
  });
  return { dimensions, stride, vectors, scales };
}

function idsOf(passages: readonly Passage[]): Uint8Array {
  return Buffer.from(passages.map(({ id }) => id.replaceAll('-', '')).join(''), 'hex');
}
