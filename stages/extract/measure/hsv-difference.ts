import { compileKernels, openKernels } from '../../../models/wasm/kernel.js';
import { colourLayout, STEP_PIXELS, writeColourKernel } from './colour-kernel.js';
import { ModuleCache } from './module-cache.js';

const modules = new ModuleCache();

/** Means over the picture; the differences are 0 for the first frame. */
export interface ColourChange {
  hue: number;
  saturation: number;
  value: number;
  luma: number;
}

/**
 * Everything that needs colour, in one pass over the picture: HSV differences to the previous frame, and luma for the
 * motion estimate.
 */
export class HsvDifference {
  readonly luma: Uint8Array;
  private readonly run: () => void;
  private readonly rgb: Uint8Array;
  private readonly sums: Int32Array;
  private first = true;

  constructor(private readonly pixels: number) {
    // The last step may read past the picture, where both frames are black.
    const layout = colourLayout(Math.ceil(pixels / STEP_PIXELS) * STEP_PIXELS);
    const module = modules.get(`${pixels}`, () =>
      compileKernels(layout.bytes, {
        colour: { parameters: 0, write: (author) => writeColourKernel(author, layout) },
      }),
    );
    const kernels = openKernels(module);
    this.run = kernels.function('colour');
    const { buffer } = kernels.memory;
    this.luma = new Uint8Array(buffer, layout.luma, pixels);
    this.rgb = new Uint8Array(buffer, layout.rgb, pixels * 3);
    this.sums = new Int32Array(buffer, layout.sums, 16);
  }

  /** @param rgb `pixels` × 3 uint8 */
  measure(rgb: Uint8Array, change: ColourChange): void {
    this.rgb.set(rgb);
    this.run();
    const scale = this.first ? 0 : 1 / this.pixels;
    change.hue = this.sum(0) * scale;
    change.saturation = this.sum(1) * scale;
    change.value = this.sum(2) * scale;
    change.luma = this.sum(3) / this.pixels;
    this.first = false;
  }

  private sum(index: number): number {
    const { sums } = this;
    const at = 4 * index;
    return (sums[at] ?? 0) + (sums[at + 1] ?? 0) + (sums[at + 2] ?? 0) + (sums[at + 3] ?? 0);
  }
}
