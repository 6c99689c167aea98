/** Fixed-point bits of the division tables, as OpenCV's 8-bit conversion has them; rounding then agrees to the bit. */
const SHIFT = 12;
const HALF = 1 << (SHIFT - 1);
const HUE_RANGE = 180;
const SATURATION_BY_MAX = divisionTable(255);
const HUE_BY_SPREAD = divisionTable(HUE_RANGE / 6);

/** Means over the picture; the differences are 0 for a first frame. */
export interface ColourChange {
  hue: number;
  saturation: number;
  value: number;
  luma: number;
}

/**
 * One walk over the picture for everything that needs colour: HSV against the previous frame and luma for the motion
 * estimate. The HSV planes of the previous frame are overwritten with this one's.
 */
export class HsvDifference {
  readonly luma: Uint8Array;
  private readonly previous: Uint8Array;
  private first = true;

  constructor(private readonly pixels: number) {
    this.luma = new Uint8Array(pixels);
    this.previous = new Uint8Array(pixels * 3);
  }

  /** @param rgb `pixels` × 3 uint8 */
  measure(rgb: Uint8Array, change: ColourChange): void {
    const { luma, previous, pixels } = this;
    let hueSum = 0;
    let saturationSum = 0;
    let valueSum = 0;
    let lumaSum = 0;
    for (let pixel = 0, at = 0; pixel < pixels; pixel += 1, at += 3) {
      const r = rgb[at] ?? 0;
      const g = rgb[at + 1] ?? 0;
      const b = rgb[at + 2] ?? 0;
      // BT.601 weights in 1/256: what every luma-based motion estimator uses, and integers are cheap.
      const y = (77 * r + 150 * g + 29 * b) >> 8;
      // Sign masks in place of branches: on real pictures the order of r, g and b is unpredictable.
      const rg = r - g;
      const maxRg = r - (rg & (rg >> 31));
      const minRg = g + (rg & (rg >> 31));
      const toB = maxRg - b;
      const max = maxRg - (toB & (toB >> 31));
      const fromB = minRg - b;
      const spread = max - (b + (fromB & (fromB >> 31)));
      const isRed = (max - r - 1) >> 31;
      const isGreen = ~isRed & ((max - g - 1) >> 31);
      const isBlue = ~(isRed | isGreen);
      const sector = (isRed & (g - b)) + (isGreen & (b - r + 2 * spread)) + (isBlue & (rg + 4 * spread));
      const signedHue = (sector * (HUE_BY_SPREAD[spread] ?? 0) + HALF) >> SHIFT;
      const hue = signedHue + (HUE_RANGE & (signedHue >> 31));
      const saturation = (spread * (SATURATION_BY_MAX[max] ?? 0) + HALF) >> SHIFT;
      const dHue = hue - (previous[at] ?? 0);
      const dSaturation = saturation - (previous[at + 1] ?? 0);
      const dValue = max - (previous[at + 2] ?? 0);
      hueSum += (dHue ^ (dHue >> 31)) - (dHue >> 31);
      saturationSum += (dSaturation ^ (dSaturation >> 31)) - (dSaturation >> 31);
      valueSum += (dValue ^ (dValue >> 31)) - (dValue >> 31);
      lumaSum += y;
      luma[pixel] = y;
      previous[at] = hue;
      previous[at + 1] = saturation;
      previous[at + 2] = max;
    }
    const scale = this.first ? 0 : 1 / pixels;
    change.hue = hueSum * scale;
    change.saturation = saturationSum * scale;
    change.value = valueSum * scale;
    change.luma = lumaSum / pixels;
    this.first = false;
  }
}

function divisionTable(numerator: number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, i) => (i === 0 ? 0 : Math.round((numerator * (1 << SHIFT)) / i)));
}
