export interface PyramidLevel {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
}

/**
 * Halved, smoothed pictures, the first one already half the input: the input's own resolution carries more coding noise
 * than motion. Smoothing matters: bilinear interpolation of unsmoothed pixels overestimates sub-pixel motion by a tenth. Odd last rows and columns are dropped.
 */
export class LumaPyramid {
  readonly levels: readonly PyramidLevel[];

  constructor(
    private readonly width: number,
    height: number,
    levelCount: number,
  ) {
    this.levels = Array.from({ length: levelCount }, (_, level) => {
      const w = Math.max(1, width >> (level + 1));
      const h = Math.max(1, height >> (level + 1));
      return { width: w, height: h, luma: new Uint8Array(w * h) };
    });
  }

  /** @param luma height × width */
  build(luma: Uint8Array): void {
    let source = luma;
    let sourceWidth = this.width;
    for (const level of this.levels) {
      halve(source, sourceWidth, level);
      source = level.luma;
      sourceWidth = level.width;
    }
  }
}

/** Binomial weights 1 3 3 1 in both directions. */
function halve(source: Uint8Array, sourceWidth: number, target: PyramidLevel): void {
  const { width, height, luma } = target;
  const last = sourceWidth - 1;
  const lastRow = source.length - sourceWidth;
  for (let y = 0, at = 0; y < height; y += 1) {
    const r1 = 2 * y * sourceWidth;
    const r0 = r1 === 0 ? 0 : r1 - sourceWidth;
    const r2 = Math.min(r1 + sourceWidth, lastRow);
    const r3 = Math.min(r2 + sourceWidth, lastRow);
    // The two columns that the next output shares with this one are summed once.
    let c0 = column(source, r0, r1, r2, r3, 0);
    let c1 = c0;
    for (let x = 0; x < width; x += 1, at += 1) {
      const c2 = column(source, r0, r1, r2, r3, Math.min(2 * x + 1, last));
      const c3 = column(source, r0, r1, r2, r3, Math.min(2 * x + 2, last));
      luma[at] = (c0 + 3 * (c1 + c2) + c3 + 32) >> 6;
      c0 = c2;
      c1 = c3;
    }
  }
}

function column(source: Uint8Array, r0: number, r1: number, r2: number, r3: number, x: number): number {
  return (source[r0 + x] ?? 0) + 3 * ((source[r1 + x] ?? 0) + (source[r2 + x] ?? 0)) + (source[r3 + x] ?? 0);
}
