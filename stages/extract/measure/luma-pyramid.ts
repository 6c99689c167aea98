import type { Size } from '../picture/picture-geometry.js';
import type { MotionLayout } from './motion-layout.js';

export interface PyramidLevel extends Size {
  readonly index: number;
  readonly luma: Uint8Array;
  /** Of the first pixel, in the kernels' memory. */
  readonly address: number;
}

/**
 * Halved, smoothed pictures, the first one already half the input: the input's own resolution carries more coding noise
 * than motion. Smoothing matters: bilinear interpolation of unsmoothed pixels overestimates sub-pixel motion by a tenth.
 */
export class LumaPyramid {
  readonly levels: readonly PyramidLevel[];
  private readonly bytes: Uint8Array;

  /** @param half of the layout's two pyramids @param halve a kernel for each level: `halve-kernel.ts` */
  constructor(
    memory: WebAssembly.Memory,
    private readonly layout: MotionLayout,
    half: 0 | 1,
    private readonly halve: readonly ((source: number, target: number) => void)[],
  ) {
    this.bytes = new Uint8Array(memory.buffer);
    this.levels = layout.levels.map(({ width, height, luma }, index) => {
      const address = luma[half];
      return { index, width, height, luma: this.bytes.subarray(address, address + width * height), address };
    });
  }

  /** @param luma height × width */
  build(luma: Uint8Array): void {
    const { source } = this.layout;
    let from = source.luma[0];
    this.bytes.set(luma, from);
    this.repeatEdges(source, from);
    for (const level of this.levels) {
      this.halve[level.index]?.(from, level.address);
      this.repeatEdges(level, level.address);
      from = level.address;
    }
  }

  /** The rows above and below are copies. */
  private repeatEdges({ width, height }: Size, address: number): void {
    const end = address + width * height;
    this.bytes.copyWithin(address - width, address, address + width);
    this.bytes.copyWithin(end, end - width, end);
  }
}
