import { describe, expect, it } from 'vitest';
import { HsvDifference, type ColourChange } from './hsv-difference.js';

/** Random colours from a linear congruential generator. */
function colours(pixels: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: pixels * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** OpenCV's conversion of one 8-bit RGB pixel to HSV, after its documentation and fixed-point tables. */
function hsv(r: number, g: number, b: number): [number, number, number] {
  const max = Math.max(r, g, b);
  const spread = max - Math.min(r, g, b);
  if (spread === 0) return [0, 0, max];
  const sector = max === r ? g - b : max === g ? b - r + 2 * spread : r - g + 4 * spread;
  const hue = (sector * Math.round((30 * 4096) / spread) + 2048) >> 12;
  return [hue < 0 ? hue + 180 : hue, (spread * Math.round((255 * 4096) / max) + 2048) >> 12, max];
}

describe('HsvDifference', () => {
  // Sizes that do and do not fill the kernel's last step.
  it.each([1, 15, 16, 4099])('gives the mean over %i pixels of the differences of single pixels', (pixels) => {
    const meter = new HsvDifference(pixels);
    const change: ColourChange = { hue: 0, saturation: 0, value: 0, luma: 0 };
    const [before, now] = [colours(pixels, 1), colours(pixels, 2)];
    meter.measure(before, change);
    expect(change).toMatchObject({ hue: 0, saturation: 0, value: 0 });
    meter.measure(now, change);
    const sums = { hue: 0, saturation: 0, value: 0, luma: 0 };
    for (let at = 0; at < now.length; at += 3) {
      const [r, g, b] = [now[at] ?? 0, now[at + 1] ?? 0, now[at + 2] ?? 0];
      const [h, s, v] = hsv(r, g, b);
      const [h0, s0, v0] = hsv(before[at] ?? 0, before[at + 1] ?? 0, before[at + 2] ?? 0);
      const luma = (77 * r + 150 * g + 29 * b) >> 8;
      sums.hue += Math.abs(h - h0);
      sums.saturation += Math.abs(s - s0);
      sums.value += Math.abs(v - v0);
      sums.luma += luma;
      expect(meter.luma[at / 3]).toBe(luma);
    }
    for (const name of ['hue', 'saturation', 'value', 'luma'] as const)
      expect(change[name]).toBeCloseTo(sums[name] / pixels, 10);
  });

  it('is right for every pair of saturation and value', () => {
    const meter = new HsvDifference(256 * 256);
    const change: ColourChange = { hue: 0, saturation: 0, value: 0, luma: 0 };
    // Grey against a red of the same value: the difference is the saturation itself.
    const red = new Uint8Array(256 * 256 * 3);
    const grey = new Uint8Array(256 * 256 * 3);
    let expected = 0;
    for (let max = 0; max < 256; max += 1)
      for (let min = 0; min < 256; min += 1) {
        const [low, high] = [Math.min(min, max), max];
        red.set([high, low, low], (max * 256 + min) * 3);
        grey.fill(high, (max * 256 + min) * 3, (max * 256 + min) * 3 + 3);
        expected += hsv(high, low, low)[1];
      }
    meter.measure(grey, change);
    meter.measure(red, change);
    expect(change.saturation).toBeCloseTo(expected / (256 * 256), 10);
    expect(change.hue).toBe(0);
    expect(change.value).toBe(0);
  });
});
