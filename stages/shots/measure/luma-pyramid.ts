export interface PyramidLevel {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
}

/**
 * Halved pictures by 2 × 2 averages, the first one already half the input: the input's own resolution carries more
 * coding noise than motion. Odd last rows and columns are dropped.
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

function halve(source: Uint8Array, sourceWidth: number, target: PyramidLevel): void {
  const { width, height, luma } = target;
  for (let y = 0, at = 0; y < height; y += 1) {
    let from = 2 * y * sourceWidth;
    for (let x = 0; x < width; x += 1, at += 1, from += 2) {
      const below = from + sourceWidth;
      const sum = (source[from] ?? 0) + (source[from + 1] ?? 0) + (source[below] ?? 0) + (source[below + 1] ?? 0);
      luma[at] = (sum + 2) >> 2;
    }
  }
}
