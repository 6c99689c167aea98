/**
 * Maps the previous picture onto the current one, in pixels of a pyramid level and from its centre: a point (x, y) is
 * found again at (x + tx + a x - b y, y + ty + b x + a y).
 */
export interface Similarity {
  tx: number;
  ty: number;
  a: number;
  b: number;
}
