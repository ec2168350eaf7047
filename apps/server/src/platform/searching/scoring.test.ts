// Searching some segments gives exactly what scoring each passage by itself would give, whatever came, went and was merged
// before; and both ways of multiplying vectors agree.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAnalyser } from '../text/create-analyser.ts';
import { createArena } from './create-arena.ts';
import { createScan } from './create-scan.ts';
import { mergeSegments } from './merge-segments.ts';
import { openSegment } from './open-segment.ts';
import { type Passage, packPassages } from './pack-passages.ts';
import { scoreSegments } from './score-segments.ts';
import { B, K1 } from './score-text.ts';
import { SCRATCH_BYTES, scratchAt } from './score-vectors.ts';

const DIMENSIONS = 40;
const analyser = createAnalyser();
const arena = createArena(64);
const scratch = scratchAt(arena.memory, arena.take(SCRATCH_BYTES)!);
const kit = { scan: createScan(arena.memory), scratch, analyser };

type Kept = { bytes: Uint8Array; documents: Passage[][]; dead: Set<number> };

const idOf = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const hexOf = (id: Uint8Array) =>
  Buffer.from(id)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

function unit(seed: number): Float32Array {
  let state = seed * 2_654_435_761 + 12_345;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff - 0.5;
  };
  const vector = Float32Array.from({ length: DIMENSIONS }, next);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Places a copy of the bytes in the arena and opens it. */
function shelve(bytes: Uint8Array) {
  const at = arena.take(bytes.length)!;
  new Uint8Array(arena.memory.buffer, at, bytes.length).set(bytes);
  return { segment: openSegment(arena.memory.buffer, at), drop: () => arena.giveBack(at) };
}

function search(kept: readonly Kept[], ask: { text?: string; vector?: Float32Array; limit: number }) {
  const shelved = kept.map(({ bytes }) => shelve(bytes));
  const result = scoreSegments(kit, {
    segments: shelved.map(({ segment }, i) => ({ segment, dead: [...kept[i]!.dead] })),
    text: ask.text,
    questions: ask.vector && [{ vector: ask.vector, segments: kept.map((_, i) => i) }],
    textWeight: 0.3,
    limit: ask.limit,
  });
  for (const { drop } of shelved) drop();
  return result;
}

const countOf = ({ title, headingPath, text }: Passage) => {
  const counts = new Map<string, number>();
  for (const part of [text, headingPath.join('\n'), title])
    analyser.countForms(part, 'en', (form) => counts.set(form, (counts.get(form) ?? 0) + 1));
  return counts;
};
const sumOf = (counts: Map<string, number>) => [...counts.values()].reduce((sum, one) => sum + one, 0);

/** BM25 as the books have it, one passage at a time. */
function scoreNaively(
  passages: readonly Passage[],
  words: readonly { form: string; weight: number }[],
): Map<string, number> {
  const counted = passages.map((passage) => ({ id: passage.id, counts: countOf(passage) }));
  const average = counted.reduce((sum, { counts }) => sum + sumOf(counts), 0) / (counted.length || 1);
  const scores = counted.map(({ id, counts }) => {
    let score = 0;
    for (const { form, weight } of words) {
      const having = counted.filter((other) => other.counts.has(form)).length;
      const count = counts.get(form) ?? 0;
      const rarity = Math.log(1 + (counted.length - having + 0.5) / (having + 0.5));
      const norm = K1 * (1 - B + (B * sumOf(counts)) / average);
      score += (weight * rarity * (K1 + 1) * count) / (count + norm);
    }
    return [id, score] as const;
  });
  return new Map(scores);
}

const word = fc.constantFrom(
  'wind',
  'wing',
  'shear',
  'flow',
  'plate',
  'heat',
  'layer',
  'speed',
  'foo.bar',
  'ERR_4711',
);
const sentence = fc.array(word, { minLength: 0, maxLength: 12 }).map((words) => words.join(' '));
const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        add: fc.array(fc.array(sentence, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ retire: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ merge: fc.nat({ max: 4 }) }) },
  ),
  { minLength: 1, maxLength: 12 },
);

let made = 0;
function passagesOf(texts: readonly string[]): Passage[] {
  const documentId = idOf(++made);
  return texts.map((text, i) => ({
    id: idOf(++made),
    documentId,
    version: 1,
    title: i % 2 === 0 ? 'Wing design' : '',
    headingPath: i % 3 === 0 ? ['Heat', 'Flow'] : [],
    text,
    vector: unit(made),
  }));
}

type Step = { add: string[][] } | { retire: number } | { merge: number };

function take(kept: Kept[], step: Step): Kept[] {
  if ('add' in step) {
    const documents = step.add.map(passagesOf);
    return [...kept, { bytes: packPassages(analyser, documents.flat()).bytes, documents, dead: new Set() }];
  }
  if ('retire' in step) {
    const one = kept[step.retire % (kept.length || 1)];
    one?.dead.add(step.retire % one.documents.length);
    return kept;
  }
  const from = kept.slice(step.merge);
  if (from.length === 0) return kept;
  const sources = from.map(({ bytes, dead }) => ({
    segment: openSegment(Uint8Array.from(bytes).buffer, 0),
    dead,
  }));
  const { bytes, documents } = mergeSegments(sources);
  const merged = {
    bytes,
    documents: documents.map((one) => from[one.source]!.documents[one.document]!),
    dead: new Set<number>(),
  };
  return [...kept.slice(0, step.merge), merged];
}

it('scores by words are those of BM25 over the living passages, while documents come, go and are merged', () => {
  const text = 'wings flow heat flowing ERR_4711 heat';
  const asked = { wing: 1, flow: 2, heat: 2, err_4711: 1, err: 1, 4711: 1 };
  const words = Object.entries(asked).map(([form, weight]) => ({ form, weight }));
  fc.assert(
    fc.property(steps, (given) => {
      let kept: Kept[] = [];
      for (const step of given) kept = take(kept, step);
      const living = kept.flatMap(({ documents, dead }) => documents.filter((_, i) => !dead.has(i))).flat();
      const expected = scoreNaively(living, words);
      const found = search(kept, { text, limit: 1_000 });
      expect(found.passages).toBe(living.length);
      expect(found.picked).toHaveLength([...expected.values()].filter((score) => score > 0).length);
      for (const { id, score } of found.picked) expect(score).toBeCloseTo(expected.get(hexOf(id))!, 4);
    }),
    { numRuns: 300 },
  );
});

it('the nearest vectors are found with their cosines, and as many as were asked for', () => {
  const documents = Array.from({ length: 500 }, (_, i) => passagesOf([`text ${i}`, 'more']));
  const kept = [0, 1, 2].map((part) => {
    const own = documents.filter((_, i) => i % 3 === part);
    return { bytes: packPassages(analyser, own.flat()).bytes, documents: own, dead: new Set<number>() };
  });
  kept[1]!.dead.add(7);
  const living = kept.flatMap((one) => one.documents.filter((_, i) => !one.dead.has(i))).flat();
  for (let seed = 1; seed <= 20; seed++) {
    const vector = unit(900_000 + seed);
    const exact = living
      .map((passage) => ({
        id: passage.id,
        cosine: passage.vector.reduce((sum, v, i) => sum + v * vector[i]!, 0),
      }))
      .sort((one, other) => other.cosine - one.cosine);
    const { picked } = search(kept, { vector, limit: 10 });
    expect(picked).toHaveLength(10);
    const ids = new Set(exact.slice(0, 10).map(({ id }) => id));
    expect(picked.filter(({ id }) => ids.has(hexOf(id))).length).toBeGreaterThanOrEqual(9);
    expect(picked[0]!.score).toBeCloseTo(exact[0]!.cosine, 2);
  }
});

it('both ways of multiplying vectors agree', () => {
  const [plain, fast] = [createScan(arena.memory, { plain: true }), createScan(arena.memory)];
  const [stride, count] = [64, 33];
  const [vectors, question, scales, out] = [stride * count, 2 * stride, 4 * count, 4 * count].map(
    (bytes) => arena.take(bytes)!,
  );
  const { buffer } = arena.memory;
  new Int8Array(buffer, vectors, stride * count).set(
    Array.from({ length: stride * count }, (_, i) => ((i * 37) % 255) - 127),
  );
  new Int16Array(buffer, question, stride).set(
    Array.from({ length: stride }, (_, i) => ((i * 7919) % 20_001) - 10_000),
  );
  new Float32Array(buffer, scales, count).fill(0.01);
  const place = { vectors: vectors!, count, stride, question: question!, scales: scales!, out: out! };
  plain(place);
  const expected = Float32Array.from(new Float32Array(buffer, out, count));
  fast(place);
  expect(new Float32Array(buffer, out, count)).toEqual(expected);
  expect(expected.some((value) => value !== 0)).toBe(true);
});
