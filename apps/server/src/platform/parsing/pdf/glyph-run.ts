// What a page draws, in points from its upper left corner: runs of glyphs, painted boxes, pictures.

/** Glyphs drawn next to each other on one line. */
export type GlyphRun = {
  text: string;
  left: number;
  right: number;
  /** The line that the letters stand on. */
  bottom: number;
  size: number;
  bold: boolean;
  mono: boolean;
  color: string;
  /** Not to be seen whatever the colour: a rendering mode that paints nothing, or no opacity. */
  clear: 'invisible' | 'transparent' | undefined;
  /** Its place in the order of painting. */
  order: number;
  /** Drawn upwards or downwards. */
  turned: boolean;
};
export type Box = { left: number; top: number; right: number; bottom: number };
export type PaintedBox = Box & { color: string; order: number };
export type DrawnPage = {
  width: number;
  height: number;
  runs: GlyphRun[];
  boxes: PaintedBox[];
  pictures: Box[];
};
/** Six numbers as in PDF: a b c d e f. */
export type Matrix = readonly [number, number, number, number, number, number];

/** What a matrix does after another. */
export function multiply(outer: Matrix, inner: Matrix): Matrix {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

/** Where a matrix puts a point. */
export function place([a, b, c, d, e, f]: Matrix, x: number, y: number): { x: number; y: number } {
  return { x: a * x + c * y + e, y: b * x + d * y + f };
}

/** The upright box around a box that a matrix has moved. */
export function boundBox(matrix: Matrix, box: readonly [number, number, number, number]): Box {
  const corners = [
    place(matrix, box[0], box[1]),
    place(matrix, box[2], box[1]),
    place(matrix, box[0], box[3]),
    place(matrix, box[2], box[3]),
  ];
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}
