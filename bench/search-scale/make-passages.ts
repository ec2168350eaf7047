// Passages for the bench: random directions, and texts whose words are as unevenly spread as those of a language (Zipf); as in
// a language, the most frequent ones are its small words.

export type Passages = {
  next(): { text: string; vector: Float32Array };
  question(): { text: string; vector: Float32Array };
};

const VOCABULARY = 50_000;
const smallWords =
  'the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which one you were all her she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then do'.split(
    ' ',
  );
const syllables =
  'ba be bi bo bu da de di do du fa fe ga ge ka ke la le li lo ma me mi na ne no pa po ra re ri sa se si so ta te ti to va'.split(
    ' ',
  );

/** Passages of some 80 words with vectors of so many dimensions; the same seed gives the same. */
export function makePassages(dimensions: number, seed: number): Passages {
  const random = createRandom(seed);
  const words = Array.from({ length: VOCABULARY }, (_, i) => smallWords[i] ?? wordOf(i));
  /** Words by their rank: the n-th is n times as rare as the first. */
  const draw = () =>
    words[Math.min(VOCABULARY - 1, Math.floor(Math.exp(random() * Math.log(VOCABULARY))) - 1)]!;
  const gaussian = () => Math.sqrt(-2 * Math.log(random() || 1e-12)) * Math.cos(2 * Math.PI * random());
  const direction = () => {
    const vector = new Float32Array(dimensions);
    let squares = 0;
    for (let i = 0; i < dimensions; i++) {
      vector[i] = gaussian();
      squares += vector[i]! * vector[i]!;
    }
    const length = Math.sqrt(squares);
    for (let i = 0; i < dimensions; i++) vector[i]! /= length;
    return vector;
  };
  const textOf = (count: number) => Array.from({ length: count }, draw).join(' ');
  return {
    next: () => ({ text: textOf(60 + Math.floor(random() * 40)), vector: direction() }),
    question: () => ({ text: textOf(4 + Math.floor(random() * 6)), vector: direction() }),
  };
}

function wordOf(number: number): string {
  let word = '';
  for (let rest = number + syllables.length; rest > 0; rest = Math.floor(rest / syllables.length))
    word += syllables[rest % syllables.length];
  return word;
}

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
