// Prints the documents of the proof: each has a word that no other document has, in its title, its text, a heading and its
// metadata, among words that all of them share, so that every search meets documents of everybody.
import { randomBytes } from 'node:crypto';

export type Book = {
  id: string;
  /** The word that only this document has. */
  canary: string;
  title: string;
  metadata: Record<string, unknown>;
  passageIds: string[];
};

/** Words that all documents share. */
export const HOUSEHOLD_WORDS = [
  ...[
    'harbour',
    'invoice',
    'turbine',
    'lantern',
    'orchard',
    'ledger',
    'bridge',
    'signal',
    'copper',
    'island',
  ],
  ...[
    'warranty',
    'pressure',
    'schedule',
    'archive',
    'engine',
    'glacier',
    'market',
    'voyage',
    'mirror',
    'policy',
  ],
];

const syllables = [
  'ba',
  'do',
  'fi',
  'gu',
  'ke',
  'lo',
  'mi',
  'nu',
  'pa',
  're',
  'so',
  'ti',
  'vu',
  'xe',
  'ya',
  'zo',
];

/** Makes a press; its canaries differ from those of any other. */
export function createPress() {
  let printed = 0;
  /** A word nobody uses, without a part of speech that an analyser could take off. */
  const newCanary = () => {
    const noise = [...randomBytes(5)].map((byte) => syllables[byte % 16]! + syllables[byte >> 4]!).join('');
    return `q${noise}k`;
  };
  return {
    write(shelf: string): Pick<Book, 'canary' | 'title' | 'metadata'> & { content: string } {
      const canary = newCanary();
      const number = printed++;
      const pick = (offset: number) => HOUSEHOLD_WORDS[(number * 7 + offset * 3) % HOUSEHOLD_WORDS.length]!;
      const paragraph = (from: number) =>
        Array.from(
          { length: 6 },
          (_, i) =>
            `The ${pick(from + i)} of the ${pick(from + i + 5)} is kept by ${canary} near the ${pick(i)}.`,
        ).join(' ');
      const sections = [0, 1, 2].map((i) => `## Part ${i + 1} on ${canary}\n\n${paragraph(i)}\n`);
      return {
        canary,
        title: `Report ${number} on ${canary}`,
        content: `# Report ${number} on ${canary}\n\n${sections.join('\n')}`,
        metadata: { shelf, number: number % 5, canary, tags: [canary, pick(1)] },
      };
    },
  };
}
