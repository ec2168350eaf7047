// Tells the runs that a reader of the page sees from those nobody sees: painted with nothing, in the colour of the ground, too
// small, beside the page, or covered. A scan with a text layer from OCR is the exception: all of its text is invisible.
import type { Notes } from '../document.ts';
import type { Box, DrawnPage, GlyphRun, PaintedBox } from './glyph-run.ts';

const TINY_POINTS = 2;
/** A page whose text is mostly invisible is a scan that was read by OCR. */
const OCR_SHARE = 0.7;
const WHITE = /^#f[c-f]f[c-f]f[c-f]$/;

/** The runs that can be seen; the others are told of. */
export function keepVisible(page: DrawnPage, number: number, notes: Notes): GlyphRun[] {
  const count = (runs: GlyphRun[]) => runs.reduce((sum, { text }) => sum + text.length, 0);
  const invisible = page.runs.filter(({ clear }) => clear === 'invisible');
  const scanned = count(invisible) > count(page.runs) * OCR_SHARE;
  if (scanned)
    notes.warn(
      'ocr_text',
      'Some pages are scans: their text was recognised by a program and may have errors.',
    );
  const visible: GlyphRun[] = [];
  let last: { reason: string; text: string } | undefined;
  const tell = () => last && notes.hide(last.text, last.reason, number);
  for (const run of page.runs) {
    const reason = findReason(run, page, scanned);
    if (reason === undefined) visible.push(run);
    else if (last?.reason === reason) last.text += ` ${run.text}`;
    else {
      tell();
      last = { reason, text: run.text };
    }
  }
  tell();
  return visible;
}

function findReason(run: GlyphRun, page: DrawnPage, scanned: boolean): string | undefined {
  if (run.clear === 'invisible') return scanned ? undefined : 'painted with nothing';
  if (run.clear === 'transparent') return 'transparent';
  if (run.size < TINY_POINTS) return 'too small to read';
  if (run.right < 0 || run.left > page.width || run.bottom < 0 || run.bottom - run.size > page.height)
    return 'outside the page';
  if (page.boxes.some((box) => box.order > run.order && covers(box, run))) return 'covered';
  return isGround(run, page) ? 'in the colour of the ground' : undefined;
}

function covers(box: Box, run: GlyphRun): boolean {
  const top = run.bottom - run.size * 0.6;
  return (
    box.left <= run.left + 1 &&
    box.right >= run.right - 1 &&
    box.top <= top + 1 &&
    box.bottom >= run.bottom - 1
  );
}

function isGround(run: GlyphRun, page: DrawnPage): boolean {
  if (page.pictures.some((picture) => covers(picture, run))) return false;
  const ground = page.boxes.findLast((box: PaintedBox) => box.order < run.order && covers(box, run));
  if (ground) return ground.color === run.color && run.color !== 'unknown';
  // A box that the text stands over in part only may be one of several that together are its ground.
  const near = page.boxes.some(
    (box) =>
      box.order < run.order &&
      box.left < run.right &&
      box.right > run.left &&
      box.top < run.bottom &&
      box.bottom > run.bottom - run.size,
  );
  return WHITE.test(run.color) && !near;
}
