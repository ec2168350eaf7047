import { describe, expect, test } from 'vitest';
import { makePdf, type PdfText, writePdfTexts } from '../../../../test/make-documents.ts';
import { readMade } from '../../../../test/open-parsing.ts';

const page = (...texts: PdfText[]) => writePdfTexts(texts);
const lines = (words: readonly string[], place: { x: number; y: number; size?: number }) =>
  words.map((text, i) => ({ text, x: place.x, y: place.y - i * 12, size: place.size ?? 10 }));
const BODY = [
  'The first line of a paragraph that fills the width of the page up to the',
  'margin, so that the next one goes on.',
];
const read = (...contents: string[]) => readMade('a.pdf', makePdf(contents));

describe('a PDF', () => {
  test('has headings by the size of letters, and paragraphs without the ends of lines', async () => {
    const { markdown, pages } = await read(
      page(
        { text: 'Annual Report', x: 72, y: 720, size: 24 },
        { text: 'Outlook', x: 72, y: 680, size: 14 },
        ...lines(BODY, { x: 72, y: 650 }),
      ),
    );
    expect(markdown).toBe(`# Annual Report\n\n## Outlook\n\n${BODY.join(' ')}`);
    expect(pages).toBe(1);
  });

  test('joins words that the end of a line has parted, and keeps the hyphens of words', async () => {
    const words = [
      'A well-known rule says that con-',
      'firming what is well-',
      'known is no dis-',
      'covery.',
    ];
    expect((await read(page(...lines(words, { x: 72, y: 700 })))).markdown.replaceAll('\n', ' ')).toBe(
      'A well-known rule says that confirming what is well-known is no discovery.',
    );
  });

  test('reads the left column before the right one', async () => {
    const left = Array.from({ length: 10 }, (_, i) => `Left column line ${i} with some more words`);
    const right = Array.from({ length: 10 }, (_, i) => `Right column line ${i} with other words`);
    const { markdown } = await read(
      page(
        { text: 'One title over both columns of the page', x: 72, y: 740, size: 18 },
        ...lines(left, { x: 60, y: 700 }),
        ...lines(right, { x: 330, y: 700 }),
      ),
    );
    expect(markdown.indexOf('Left column line 9')).toBeLessThan(markdown.indexOf('Right column line 0'));
    expect(markdown).not.toContain('|');
  });

  test('finds tables by where their cells stand, also with empty cells', async () => {
    const rows = [
      ['Code', 'Place', 'Sum'],
      ['A-1', '', '12.50'],
      ['A-2', 'North', ''],
      ['A-3', 'South', '7.00'],
    ];
    const cells = rows.flatMap((row, y) =>
      row.flatMap((text, x) => (text === '' ? [] : [{ text, x: 72 + x * 120, y: 700 - y * 18 }])),
    );
    const { markdown, chunks } = await read(page({ text: 'Stock', x: 72, y: 740, size: 16 }, ...cells));
    expect(markdown).toBe(
      '# Stock\n\n| Code | Place | Sum |\n| - | - | - |\n| A-1 |  | 12.50 |\n| A-2 | North |  |\n| A-3 | South | 7.00 |',
    );
    expect(chunks[0]!.kind).toBe('table');
  });

  test('says once what stands on every page, and leaves out the numbers of pages', async () => {
    const contents = Array.from({ length: 5 }, (_, i) =>
      page(
        { text: 'Secret Society Quarterly', x: 72, y: 770 },
        ...lines([`Words of page ${i} alone`, 'and a second line.'], { x: 72, y: 600 }),
        { text: `Page ${i + 1} of 5`, x: 280, y: 30 },
      ),
    );
    const { markdown, chunks } = await read(...contents);
    expect(markdown.match(/Secret Society/g)).toHaveLength(1);
    expect(markdown).not.toMatch(/of 5/);
    expect(chunks.at(-1)!.page_end).toBe(5);
  });

  test('leaves out what nobody sees, and tells on which page it was', async () => {
    const box = (x: number, y: number, color: string) => `q ${color} rg ${x} ${y} 300 20 re f Q`;
    const whole = [
      page({ text: 'Plain words that everybody can read on this page', x: 72, y: 700 }),
      page({ text: 'white words', x: 72, y: 650, before: '1 1 1 rg' }),
      page({ text: 'tiny words', x: 72, y: 640, size: 1 }),
      page({ text: 'far words', x: 2000, y: 640 }),
      page({ text: 'unpainted words', x: 72, y: 600, before: '3 Tr' }),
      `${page({ text: 'covered words', x: 80, y: 555 })} ${box(72, 550, '0 0 0')}`,
      `${box(72, 500, '0 0 0.4')} ${page({ text: 'white on blue', x: 80, y: 505, before: '1 1 1 rg' })}`,
      `${box(72, 450, '0 0 0')} ${page({ text: 'black on black', x: 80, y: 455 })}`,
    ];
    const { markdown, hidden } = await read(page({ text: 'Cover', x: 72, y: 700 }), whole.join('\n'));
    expect(markdown.replace(/\s+/g, ' ')).toBe(
      'Cover Plain words that everybody can read on this page white on blue',
    );
    expect(Object.fromEntries(hidden.map(({ text, reason }) => [text, reason]))).toEqual({
      'white words': 'in the colour of the ground',
      'tiny words': 'too small to read',
      'far words': 'outside the page',
      'unpainted words': 'painted with nothing',
      'covered words': 'covered',
      'black on black': 'in the colour of the ground',
    });
    expect(new Set(hidden.map((one) => one.page))).toEqual(new Set([2]));
  });

  test('reads the invisible text of a scan that was read by OCR, and says so', async () => {
    const { markdown, warnings } = await read(
      page(...lines(BODY, { x: 72, y: 700 }).map((one) => ({ ...one, before: '3 Tr' }))),
    );
    expect(markdown).toBe(BODY.join(' '));
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'ocr_text' }));
  });

  test('is refused with the advice to run OCR where no page has text, and names the pages where some have', async () => {
    await expect(read('q 1 0 0 1 0 0 cm Q')).rejects.toMatchObject({ code: 'document_no_text_layer' });
    const { warnings } = await read(page({ text: 'Words', x: 72, y: 700 }), 'q Q');
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'pages_without_text', detail: expect.stringContaining('2') }),
    );
  });

  test('tells its title, author and dates, and not what programs write where nobody said anything', async () => {
    const { title, metadata } = await readMade(
      'a.pdf',
      makePdf([page({ text: 'Words', x: 72, y: 700 })], {
        info: '/Title (untitled) /Author (Jane Doe) /CreationDate (D:20240102030405Z)',
      }),
    );
    expect({ title, metadata }).toEqual({
      title: null,
      metadata: { author: 'Jane Doe', created: '2024-01-02T03:04:05' },
    });
  });
});
