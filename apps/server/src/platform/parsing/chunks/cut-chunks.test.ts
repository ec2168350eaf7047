import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenizerPath } from '../../embeddings/prepare-model.ts';
import type { Chunk } from '../document.ts';
import { cleanText } from '../text/clean-text.ts';
import { createNotes } from '../text/create-notes.ts';
import { createTokenCounter } from './create-token-counter.ts';
import { cutChunks } from './cut-chunks.ts';

const counter = createTokenCounter();
const tokenizer = new Tokenizer(JSON.parse(readFileSync(tokenizerPath, 'utf8')) as object, {});
/** Without the two tokens that mark the ends. */
const countTruly = (text: string) => tokenizer.encode(text).ids.length - 2;

function cut(markdown: string, maxTokens = 60, overlapTokens = 12): Chunk[] {
  return cutChunks(markdown, { split: { maxTokens, overlapTokens }, counter, pageAt: () => null }).chunks;
}

const word = fc.constantFrom(
  'alpha',
  'Straße',
  'naïve',
  '北京',
  '東京都に行く。',
  'انتقل',
  'x_y',
  '3.14',
  '👩‍🚀',
  '한국어',
  'don’t',
  'antidisestablishmentarianism',
);
const sentence = fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => `${words.join(' ')}.`);
const paragraph = fc.array(sentence, { minLength: 1, maxLength: 8 }).map((sentences) => sentences.join(' '));
const heading = fc
  .tuple(fc.integer({ min: 1, max: 4 }), word)
  .map(([level, title]) => `${'#'.repeat(level)} ${title}`);
const list = fc
  .array(sentence, { minLength: 1, maxLength: 6 })
  .map((entries) => entries.map((one) => `- ${one}`).join('\n'));
const code = fc.array(sentence, { maxLength: 12 }).map((lines) => ['```js', ...lines, '```'].join('\n'));
const table = fc
  .tuple(
    fc.integer({ min: 1, max: 6 }),
    fc.array(fc.array(word, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 25 }),
  )
  .map(([width, rows]) => {
    const lines = rows.map((row) => `| ${row.slice(0, width).join(' | ')} |`);
    return [lines[0], `|${' - |'.repeat(width)}`, ...lines.slice(1)].join('\n');
  });
const monster = fc.integer({ min: 50, max: 3_000 }).map((length) => 'ab👍c'.repeat(length / 5));
const document = fc
  .array(
    fc.oneof(heading, paragraph, list, code, table, monster, fc.string({ unit: 'binary', maxLength: 300 })),
    { maxLength: 14 },
  )
  .map((blocks) => cleanText(blocks.join('\n\n'), createNotes()));

describe('pieces of a document', () => {
  test('never have more tokens than they may, as the model itself counts them', () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 16, max: 120 }), (markdown, maxTokens) => {
        for (const chunk of cut(markdown, maxTokens, 20)) {
          expect(chunk.tokens).toBeLessThanOrEqual(maxTokens);
          expect(countTruly(chunk.text)).toBeLessThanOrEqual(maxTokens);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('stand at their offsets, in order, and leave out nothing but white space', () => {
    fc.assert(
      fc.property(document, (markdown) => {
        const chunks = cut(markdown);
        let end = 0;
        for (const [i, chunk] of chunks.entries()) {
          const own = markdown.slice(chunk.start_offset, chunk.end_offset);
          expect(chunk.seq).toBe(i);
          expect(chunk.text.endsWith(own)).toBe(true);
          if (chunk.kind !== 'table') expect(chunk.text).toBe(own);
          if (chunk.start_offset > end) expect(markdown.slice(end, chunk.start_offset).trim()).toBe('');
          expect(chunk.end_offset).toBeGreaterThan(end);
          end = chunk.end_offset;
        }
        expect(markdown.slice(end).trim()).toBe('');
      }),
      { numRuns: 300 },
    );
  });

  test('overlap no further than they may', () => {
    fc.assert(
      fc.property(document, (markdown) => {
        const chunks = cut(markdown, 60, 15);
        for (const [i, chunk] of chunks.entries()) {
          const before = chunks[i - 1];
          if (!before || chunk.start_offset >= before.end_offset) continue;
          expect(counter.count(markdown.slice(chunk.start_offset, before.end_offset))).toBeLessThanOrEqual(
            15,
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  test('overlap by whole sentences of the section before', () => {
    const sentences = Array.from({ length: 30 }, (_, i) => `Sentence number ${i} is here.`);
    const chunks = cut(sentences.join(' '), 60, 15);
    for (const [i, { text }] of chunks.entries()) {
      expect(text).toMatch(/^Sentence.*here\.$/s);
      if (i > 0) expect(chunks[i - 1]!.text).toContain(text.slice(0, text.indexOf('.') + 1));
    }
  });

  test('begin at headings once there is enough, and know the headings above them', () => {
    const filler = 'This sentence is long enough to fill a part of it. '.repeat(4);
    const chunks = cut(`# Book\n\n## One\n\n${filler}\n\n## Two\n\n${filler}\n\n### Deep\n\n${filler}`);
    const first = chunks.filter(({ text }) => text.startsWith('## Two'));
    expect(first).toHaveLength(1);
    expect(first[0]!.heading_path).toEqual(['Book', 'Two']);
    expect(chunks.at(-1)!.heading_path).toEqual(['Book', 'Two', 'Deep']);
    expect(chunks.every(({ text }) => !/\n#+ [^\n]*$/.test(text))).toBe(true);
  });

  test('join small sections below one heading', () => {
    const chunks = cut('# Menu\n\n## Soup\n\nHot.\n\n## Salad\n\nGreen.\n\n## Bread\n\nBrown.');
    expect(chunks).toHaveLength(1);
    expect(chunks[0]!.heading_path).toEqual(['Menu']);
  });

  test('repeat the header of a table above each part of it, and split only between rows', () => {
    const rows = Array.from({ length: 40 }, (_, i) => `| row ${i} | value ${i} |`);
    const chunks = cut(`# Rates\n\n| name | rate |\n| - | - |\n${rows.join('\n')}`);
    expect(chunks.length).toBeGreaterThan(3);
    for (const [i, chunk] of chunks.entries()) {
      expect(chunk.kind).toBe('table');
      expect(chunk.text).toContain('| name | rate |\n| - | - |\n');
      expect(chunk.text.endsWith(' |')).toBe(true);
      if (i > 0) expect(chunk.text.startsWith('| name | rate |')).toBe(true);
    }
    for (const row of rows) expect(chunks.filter(({ text }) => text.includes(row))).toHaveLength(1);
  });

  test('keep code in whole lines', () => {
    const lines = Array.from({ length: 60 }, (_, i) => `const value${i} = read(${i});`);
    const chunks = cut(['```ts', ...lines, '```'].join('\n'));
    expect(chunks.every(({ kind, text }) => kind === 'code' && /(;|```|```ts)$/.test(text))).toBe(true);
  });

  test('do not take an end of a line for the end of a sentence', () => {
    const markdown =
      'The quick brown fox\njumps over the lazy dog.\nIt runs away from the\nhunter in the wood.\n'.repeat(6);
    for (const { text } of cut(markdown, 30, 0)) expect(text.trimEnd().endsWith('.')).toBe(true);
  });

  test('take three megabytes without a single sentence in a moment', () => {
    const begun = performance.now();
    expect(cut('word '.repeat(600_000), 200, 32)).toHaveLength(3_000);
    expect(cut('a'.repeat(3_000_000), 200, 32).length).toBeGreaterThan(3_000);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe('the token counter', () => {
  test('counts like the tokenizer of the model, and never less', () => {
    fc.assert(
      fc.property(fc.oneof(document, fc.string({ unit: 'grapheme', maxLength: 200 })), (text) => {
        const clean = cleanText(text, createNotes());
        expect(counter.count(clean)).toBeGreaterThanOrEqual(countTruly(clean));
      }),
      { numRuns: 500 },
    );
    for (const text of [
      'The quick brown fox.',
      '東京都に行きました。',
      'Größenwahn & naïveté',
      '한국어 문장입니다',
      'e=mc^2',
      '| a | b |',
    ])
      expect(counter.count(text)).toBe(countTruly(text));
  });
});
