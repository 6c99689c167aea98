import type { Size } from '../picture/picture-geometry.js';
import type { MotionLayout } from './motion-layout.js';

export interface PyramidLevel extends Size {
  readonly index: number;
  readonly luma: Uint8Array;
  /** Address of the first pixel in the kernels' memory. */
  readonly address: number;
}

/**
 * Successively halved and smoothed pictures. The first level already has half the size of the input, because the full
 * resolution carries more coding noise than motion. Smoothing matters: bilinear interpolation of unsmoothed pixels
 * overestimates sub-pixel motion by a tenth.
 */
export class LumaPyramid {
  readonly levels: readonly PyramidLevel[];
  private readonly bytes: Uint8Array;

  /**
   * @param slot which of the layout's two pyramids this is
   * @param halve one kernel per level (`halve-kernel.ts`)
   */
  constructor(
    memory: WebAssembly.Memory,
    private readonly layout: MotionLayout,
    slot: 0 | 1,
    private readonly halve: readonly ((source: number, target: number) => void)[],
  ) {
    this.bytes = new Uint8Array(memory.buffer);
    this.levels = layout.levels.map(({ width, height, luma }, index) => {
      const address = luma[slot];
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

  /** Copies the first and last row of a picture into the rows above and below it. */
  private repeatEdges({ width, height }: Size, address: number): void {
    const end = address + width * height;
    this.bytes.copyWithin(address - width, address, address + width);
    this.bytes.copyWithin(end, end - width, end);
  }
}
