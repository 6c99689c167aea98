/**
 * Power spectrum of a real signal by an in-place radix-2 FFT (Cooley and Tukey). Tables are made once; nothing is
 * allocated while it works.
 */
export class PowerSpectrum {
  private readonly re: Float64Array;
  private readonly im: Float64Array;
  private readonly cos: Float64Array;
  private readonly sin: Float64Array;
  private readonly reversed: Uint32Array;

  /** @throws RangeError when the size is not a power of two. */
  constructor(readonly size: number) {
    const bits = Math.log2(size);
    if (!Number.isInteger(bits) || bits < 1) throw new RangeError(`an FFT of ${size} points is not a power of two`);
    this.re = new Float64Array(size);
    this.im = new Float64Array(size);
    this.cos = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.sin = Float64Array.from({ length: size / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / size));
    this.reversed = new Uint32Array(size);
    for (let i = 1; i < size; i += 1) this.reversed[i] = ((this.reversed[i >> 1] ?? 0) >> 1) | (i & 1 ? size >> 1 : 0);
  }

  /** @param samples `size` numbers. @param power receives size / 2 + 1 squared magnitudes */
  transform(samples: Float64Array, power: Float64Array): void {
    const { re, im, size, reversed } = this;
    for (let i = 0; i < size; i += 1) re[reversed[i] ?? 0] = samples[i] ?? 0;
    im.fill(0);
    for (let half = 1; half < size; half *= 2) this.butterflies(half);
    for (let i = 0; i <= size / 2; i += 1) power[i] = (re[i] ?? 0) ** 2 + (im[i] ?? 0) ** 2;
  }

  private butterflies(half: number): void {
    const { re, im, cos, sin, size } = this;
    const stride = size / (2 * half);
    for (let start = 0; start < size; start += 2 * half) {
      for (let k = 0, low = start, high = start + half; k < half; k += 1, low += 1, high += 1) {
        const c = cos[k * stride] ?? 0;
        const s = sin[k * stride] ?? 0;
        const r = re[high] ?? 0;
        const i = im[high] ?? 0;
        const turnedRe = r * c - i * s;
        const turnedIm = r * s + i * c;
        re[high] = (re[low] ?? 0) - turnedRe;
        im[high] = (im[low] ?? 0) - turnedIm;
        re[low] = (re[low] ?? 0) + turnedRe;
        im[low] = (im[low] ?? 0) + turnedIm;
      }
    }
  }
}
