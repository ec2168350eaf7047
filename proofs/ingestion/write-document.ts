// Documents for the proof: each has a word that no other has, so that a search tells whether it is there, and how often.

export type Sample = { name: string; bytes: Uint8Array; word: string; readable: boolean };

const NOUNS = [
  'harbour',
  'lamp',
  'ledger',
  'orchard',
  'quarry',
  'signal',
  'timber',
  'valley',
  'winter',
  'archive',
];
const VERBS = [
  'keeps',
  'finds',
  'counts',
  'moves',
  'repairs',
  'paints',
  'measures',
  'carries',
  'opens',
  'closes',
];

/** The i-th document; every twentieth is a PDF that nobody can read. */
export function writeDocument(i: number): Sample {
  const word = `zq${i.toString(36)}x${((i * 7_919) % 46_656).toString(36)}`;
  if (i % 20 === 7) {
    const bytes = new TextEncoder().encode(`%PDF-1.7\n${word} this is not what it says it is\n`);
    return { name: `broken-${i}.pdf`, bytes, word, readable: false };
  }
  const sections = 1 + (i % 4);
  const text = Array.from({ length: sections }, (_, s) => section(i, s, word)).join('\n');
  const bytes = new TextEncoder().encode(`# Report ${i}\n\n${text}`);
  return { name: `report-${i}.md`, bytes, word, readable: true };
}

function section(i: number, s: number, word: string): string {
  const sentences = Array.from({ length: 14 }, (_, n) => {
    const pick = (list: string[], salt: number) => list[(i * 31 + s * 17 + n * salt) % list.length]!;
    return `The ${pick(NOUNS, 3)} ${pick(VERBS, 7)} the ${pick(NOUNS, 11)} number ${(i + n) % 97}.`;
  });
  return `## Part ${s + 1}\n\n${s === 0 ? `Its reference is ${word}. ` : ''}${sentences.join(' ')}\n`;
}
