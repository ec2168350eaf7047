// Goes through the operators of a page as a painter would, but keeps notes of where things are instead of painting them.
import { limits } from '../limits.ts';
import { tooLarge } from '../refusal.ts';
import { drawText, type Face, startText, type TextState } from './draw-text.ts';
import { boundBox, type DrawnPage, type Matrix, multiply } from './glyph-run.ts';
import { operators, type PdfPage } from './open-pdf.ts';

export type GraphicState = {
  matrix: Matrix;
  color: string;
  opacity: number;
  blends: boolean;
  text: TextState;
  /** The matrix was set for something of which nothing came: a picture that was left out. */
  awaits: boolean;
};
export type Painter = {
  page: DrawnPage;
  state: GraphicState;
  saved: GraphicState[];
  order: number;
  characters: number;
  faces(id: string): Face;
};

const SAVED_MAX = 2_000;
const PICTURE_MIN = 12;
const FILLS = new Set([
  operators.fill,
  operators.eoFill,
  operators.fillStroke,
  operators.eoFillStroke,
  operators.closeFillStroke,
  operators.closeEOFillStroke,
]);

/** Reads what a page draws. */
export async function drawPage(page: PdfPage): Promise<DrawnPage> {
  const view = page.getViewport({ scale: 1 });
  const list = await page.getOperatorList();
  if (list.fnArray.length > limits.pdfPageOperators)
    throw tooLarge(`its page ${page.pageNumber} has too many drawings.`);
  const ground = view.transform as unknown as Matrix;
  const painter: Painter = {
    page: { width: view.width, height: view.height, runs: [], boxes: [], pictures: [] },
    state: { matrix: ground, color: '#000000', opacity: 1, blends: false, text: startText(), awaits: false },
    ...{ saved: [], order: 0, characters: 0 },
    faces: createFaces(page),
  };
  for (const [i, operator] of list.fnArray.entries()) {
    painter.order = i;
    if (operator === operators.beginAnnotation) beginAnnotation(painter, ground, list.argsArray[i]);
    else obey(painter, operator, (list.argsArray[i] ?? []) as unknown[]);
    if (painter.characters > limits.pdfPageCharacters)
      throw tooLarge(`its page ${page.pageNumber} has too much text.`);
  }
  return painter.page;
}

function createFaces(page: PdfPage): (id: string) => Face {
  const known = new Map<string, Face>();
  return (id) => {
    let face = known.get(id);
    if (face) return face;
    const font = page.commonObjs.has(id) ? (page.commonObjs.get(id) as Record<string, unknown>) : {};
    const name = String(font.name ?? '');
    face = {
      bold: font.bold === true || font.black === true || /bold|black|heavy|semibold|demi|-medi\b/i.test(name),
      mono: /courier|mono|consolas|menlo|typewriter|cmtt/i.test(name),
      scale: Array.isArray(font.fontMatrix) ? Math.abs(Number(font.fontMatrix[0])) || 0.001 : 0.001,
      vertical: font.vertical === true,
    };
    known.set(id, face);
    return face;
  };
}

function obey(painter: Painter, operator: number, args: unknown[]): void {
  const { state } = painter;
  switch (operator) {
    case operators.save:
    case operators.beginGroup:
      save(painter);
      return;
    case operators.restore:
    case operators.endGroup:
    case operators.paintFormXObjectEnd:
    case operators.endAnnotation:
      restore(painter);
      return;
    case operators.transform:
      state.matrix = multiply(state.matrix, args as unknown as Matrix);
      state.awaits = true;
      return;
    case operators.paintFormXObjectBegin:
      save(painter);
      if (args[0]) painter.state.matrix = multiply(painter.state.matrix, args[0] as Matrix);
      return;
    case operators.setFillRGBColor:
      state.color = readColor(args);
      return;
    case operators.setFillColorN:
    case operators.shadingFill:
      state.color = 'unknown';
      return;
    case operators.setFillTransparent:
      state.color = 'none';
      return;
    case operators.setGState:
      changeState(state, args[0] as [string, unknown][]);
      return;
    case operators.constructPath:
      paintPath(painter, args);
      return;
    default:
      state.awaits &&= operator === operators.dependency;
      drawText(painter, operator, args);
  }
}

function save(painter: Painter): void {
  if (painter.saved.length >= SAVED_MAX) throw tooLarge('its drawings are nested too deeply.');
  painter.saved.push(painter.state);
  painter.state = { ...painter.state, text: { ...painter.state.text }, awaits: false };
}

function restore(painter: Painter): void {
  const { state } = painter;
  if (state.awaits) {
    const box = boundBox(state.matrix, [0, 0, 1, 1]);
    if (box.right - box.left > PICTURE_MIN && box.bottom - box.top > PICTURE_MIN)
      painter.page.pictures.push(box);
  }
  painter.state = painter.saved.pop() ?? state;
  painter.state.awaits = false;
}

function beginAnnotation(painter: Painter, ground: Matrix, args: unknown[]): void {
  save(painter);
  const [, , transform, matrix] = args as [string, unknown, Matrix | undefined, Matrix | undefined];
  painter.state.matrix = [transform, matrix].reduce<Matrix>(
    (at, one) => (one ? multiply(at, one) : at),
    ground,
  );
}

function readColor(args: unknown[]): string {
  if (typeof args[0] === 'string') return args[0].toLowerCase();
  return `#${args
    .slice(0, 3)
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')}`;
}

function changeState(state: GraphicState, pairs: [string, unknown][]): void {
  for (const [name, value] of pairs) {
    if (name === 'ca') state.opacity = Number(value);
    else if (name === 'BM') state.blends = value !== 'source-over';
  }
}

/** Remembers boxes that hide what is below them; other shapes are no ground for text. */
function paintPath({ page, state, order }: Painter, [operator, , bounds]: unknown[]): void {
  state.awaits = false;
  if (
    !FILLS.has(operator as number) ||
    !bounds ||
    state.opacity < 0.95 ||
    state.blends ||
    state.color === 'none'
  )
    return;
  if (page.boxes.length >= 20_000) return;
  const box = boundBox(state.matrix, bounds as [number, number, number, number]);
  if (box.right - box.left > 4 && box.bottom - box.top > 4)
    page.boxes.push({ ...box, color: state.color, order });
}
