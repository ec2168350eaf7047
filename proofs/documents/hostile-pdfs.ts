// PDFs made to do harm: pictures too large to decode, parts that name themselves, streams that unpack without end.
import { deflateSync } from 'node:zlib';
import { makePdf, writePdfTexts } from '../../apps/server/test/make-documents.ts';
import type { HostileFile } from './hostile-files.ts';

const MB = 1024 * 1024;
const text = (words: string) => Buffer.from(words);
const repeat = (words: string, count: number) => words.repeat(count);

/** PDFs whose parts name each other, or name more than there is; and those below. */
export function* listHostilePdfs(): Generator<HostileFile> {
  yield* streams();
  const words = writePdfTexts([{ text: 'Hello from the page', x: 72, y: 700 }]);
  const picture =
    '<< /Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Length 3 >>\nstream\nabc\nendstream';
  yield {
    name: 'picture-of-60000-by-60000.pdf',
    bytes: makePdf([`${words} q 500 0 0 500 0 0 cm /I Do Q`], {
      objects: [picture],
      resources: '/XObject << /I 7 0 R >>',
    }),
  };
  const form =
    '<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /I 7 0 R >> >> /Length 12 >>\nstream\n/I Do /I Do \nendstream';
  yield {
    name: 'form-that-draws-itself.pdf',
    bytes: makePdf([`${words} /I Do`], { objects: [form], resources: '/XObject << /I 7 0 R >>' }),
  };
  const ladder = Array.from({ length: 30 }, (_, i) => {
    const draw = i === 29 ? `${words} ` : '/I Do /I Do ';
    return `<< /Type /XObject /Subtype /Form /BBox [0 0 900 900] /Resources << /XObject << /I ${i + 8} 0 R >> /Font << /F1 3 0 R >> >> /Length ${draw.length} >>\nstream\n${draw}\nendstream`;
  });
  yield {
    name: 'forms-that-double-30-times.pdf',
    bytes: makePdf([`/I Do`], { objects: ladder, resources: '/XObject << /I 7 0 R >>' }),
  };
  const loop = Buffer.from(makePdf([words]))
    .toString('latin1')
    .replace(/\/Kids \[\d+ 0 R\]/, '/Kids [2 0 R 2 0 R]');
  yield { name: 'pages-that-hold-themselves.pdf', bytes: Buffer.from(loop, 'latin1') };
  const count = Buffer.from(makePdf([words]))
    .toString('latin1')
    .replace('/Count 1', '/Count 2000000000');
  yield { name: 'two-billion-pages.pdf', bytes: Buffer.from(count, 'latin1') };
}

/** PDFs whose pages draw without end. */
function* streams(): Generator<HostileFile> {
  const words = writePdfTexts([{ text: 'Hello from the page', x: 72, y: 700 }]);
  yield { name: 'a-million-operators.pdf', bytes: makePdf([repeat('q Q ', 1_000_000)]) };
  yield { name: 'deep-brackets.pdf', bytes: makePdf([`${repeat('[', 200_000)} ${words}`]) };
  yield { name: 'saved-states.pdf', bytes: makePdf([`${repeat('q ', 300_000)} ${words}`]) };
  yield {
    name: 'a-million-glyphs.pdf',
    bytes: makePdf([`BT /F1 10 Tf (${repeat('abcdefghij', 100_000)}) Tj ET`]),
  };
  const flat = `/Filter [${repeat('/FlateDecode ', 2_000)}]`;
  yield {
    name: 'two-thousand-filters.pdf',
    bytes: Buffer.from(
      Buffer.from(makePdf([words]))
        .toString('latin1')
        .replace('<< /Length', `<< ${flat} /Length`),
      'latin1',
    ),
  };
  yield { name: 'flate-bomb-of-400-mb.pdf', bytes: makeFlatePdf(Buffer.alloc(400 * MB, 'q Q ')) };
  yield { name: 'flate-bomb-of-spaces.pdf', bytes: makeFlatePdf(Buffer.alloc(800 * MB, ' ')) };
  yield { name: 'only-a-head.pdf', bytes: text('%PDF-1.7\n') };
  yield {
    name: 'head-and-noise.pdf',
    bytes: Buffer.concat([text('%PDF-1.7\n'), Buffer.alloc(2 * MB, 0xa7)]),
  };
  yield {
    name: 'ten-thousand-lines.pdf',
    bytes: makePdf([
      Array.from(
        { length: 10_000 },
        (_, i) => `BT /F1 8 Tf 1 0 0 1 ${(i * 37) % 600} ${(i * 61) % 780} Tm (cell ${i}) Tj ET`,
      ).join('\n'),
    ]),
  };
}

/** A PDF whose only page has a packed content stream. */
function makeFlatePdf(content: Buffer): Uint8Array {
  const packed = deflateSync(content).toString('latin1');
  const pdf = Buffer.from(makePdf([packed])).toString('latin1');
  return Buffer.from(
    pdf.replace(/<< \/Length \d+ >>/, `<< /Length ${packed.length} /Filter /FlateDecode >>`),
    'latin1',
  );
}
