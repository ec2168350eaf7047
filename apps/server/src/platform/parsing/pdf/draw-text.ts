// The operators that write: where each glyph stands, what it says, and whether it is painted at all.
import type { Painter } from './draw-page.ts';
import { type GlyphRun, type Matrix, multiply, place } from './glyph-run.ts';
import { operators } from './open-pdf.ts';

export type Face = { bold: boolean; mono: boolean; scale: number; vertical: boolean };
export type TextState = {
  matrix: Matrix;
  x: number;
  y: number;
  lineX: number;
  lineY: number;
  face: Face;
  size: number;
  characterSpace: number;
  wordSpace: number;
  stretch: number;
  leading: number;
  rise: number;
  mode: number;
};
type Glyph = { unicode?: string; width?: number; isSpace?: boolean } | number;
type Pen = { painter: Painter; matrix: Matrix; run: GlyphRun | undefined };

const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];
const NO_FACE: Face = { bold: false, mono: false, scale: 0.001, vertical: false };
/** In sizes of the font: a wider gap between two glyphs is a space that nobody wrote, and a far wider one a gap between cells. */
const SPACE_GAP = 0.18;
const CELL_GAP = 0.9;
const PAINTS_NOTHING = new Set([3, 7]);

/** The state at the beginning of a page. */
export function startText(): TextState {
  return {
    matrix: IDENTITY,
    ...{ x: 0, y: 0, lineX: 0, lineY: 0, face: NO_FACE, size: 1 },
    ...{ characterSpace: 0, wordSpace: 0, stretch: 1, leading: 0, rise: 0, mode: 0 },
  };
}

/** Obeys an operator of text; others are ignored. */
export function drawText(painter: Painter, operator: number, args: unknown[]): void {
  const { text } = painter.state;
  const number = Number(args[0]);
  switch (operator) {
    case operators.beginText:
      moveTo(text, IDENTITY);
      return;
    case operators.setTextMatrix:
      moveTo(
        text,
        (Array.isArray(args[0]) || ArrayBuffer.isView(args[0]) ? args[0] : args) as unknown as Matrix,
      );
      return;
    case operators.setFont:
      text.face = painter.faces(String(args[0]));
      text.size = Number(args[1]);
      return;
    case operators.moveText:
      moveBy(text, number, Number(args[1]));
      return;
    case operators.setLeadingMoveText:
      text.leading = -Number(args[1]);
      moveBy(text, number, Number(args[1]));
      return;
    case operators.nextLine:
      moveBy(text, 0, -text.leading);
      return;
    case operators.showText:
      show(painter, args[0] as Glyph[]);
      return;
    default:
      setNumber(text, operator, number);
  }
}

function setNumber(text: TextState, operator: number, number: number): void {
  if (operator === operators.setCharSpacing) text.characterSpace = number;
  else if (operator === operators.setWordSpacing) text.wordSpace = number;
  else if (operator === operators.setHScale) text.stretch = Math.abs(number) > 5 ? number / 100 : number;
  else if (operator === operators.setLeading) text.leading = Math.abs(number);
  else if (operator === operators.setTextRise) text.rise = number;
  else if (operator === operators.setTextRenderingMode) text.mode = number;
}

function moveTo(text: TextState, matrix: Matrix): void {
  text.matrix = matrix;
  text.x = text.y = text.lineX = text.lineY = 0;
}

function moveBy(text: TextState, x: number, y: number): void {
  text.lineX += x;
  text.lineY += y;
  text.x = text.lineX;
  text.y = text.lineY;
}

function show(painter: Painter, glyphs: Glyph[]): void {
  const { state } = painter;
  const { text } = state;
  const pen: Pen = { painter, matrix: multiply(state.matrix, text.matrix), run: undefined };
  for (const glyph of glyphs) {
    if (typeof glyph === 'number') {
      advance(text, (-glyph * text.size) / 1_000);
      continue;
    }
    const width = (glyph.width ?? 0) * text.size * text.face.scale;
    const space = text.characterSpace + (glyph.isSpace ? text.wordSpace : 0);
    const before = text.x;
    advance(text, width + space);
    if (glyph.unicode) addGlyph(pen, glyph.unicode, [before, before + width * text.stretch]);
  }
  painter.characters += glyphs.length;
  endRun(pen);
}

function advance(text: TextState, length: number): void {
  if (text.face.vertical) text.y -= Math.abs(length);
  else text.x += length * text.stretch;
}

function addGlyph(pen: Pen, unicode: string, [from, to]: readonly [number, number]): void {
  const { state, order } = pen.painter;
  const { text } = state;
  const [a, b, c, d] = pen.matrix;
  const start = place(pen.matrix, from, text.y + text.rise);
  const end = place(pen.matrix, to, text.y + text.rise);
  const size = Math.abs(text.size) * Math.hypot(c, d);
  const turned = Math.abs(b) > Math.abs(a) * 0.5;
  const run = pen.run;
  if (run) {
    const gap = turned ? 0 : start.x - run.right;
    const jumps = gap > size * CELL_GAP || gap < -size * 2 || Math.abs(start.y - run.bottom) > size * 0.5;
    if (!jumps || turned) {
      // Spaces that were written count; those left by moving the pen are put in.
      const written = /\s$/.test(run.text) || /^\s/.test(unicode);
      run.text += gap > size * SPACE_GAP && !written ? ` ${unicode}` : unicode;
      run.right = Math.max(run.right, end.x);
      return;
    }
    endRun(pen);
  }
  pen.run = {
    ...{
      text: unicode,
      left: Math.min(start.x, end.x),
      right: Math.max(start.x, end.x),
      bottom: start.y,
      size,
      order,
      turned,
    },
    ...{ bold: text.face.bold, mono: text.face.mono, color: state.color },
    clear: PAINTS_NOTHING.has(text.mode) ? 'invisible' : state.opacity < 0.05 ? 'transparent' : undefined,
  };
}

function endRun(pen: Pen): void {
  const { run } = pen;
  pen.run = undefined;
  if (!run) return;
  // Spaces at the ends are gaps, not words.
  const width = run.right - run.left;
  const lead = run.text.length - run.text.trimStart().length;
  const trail = run.text.length - run.text.trimEnd().length;
  if (lead + trail >= run.text.length) return;
  const each = width / run.text.length;
  pen.painter.page.runs.push({
    ...run,
    text: run.text.trim(),
    left: run.left + lead * each,
    right: run.right - trail * each,
  });
}
