/**
 * Complex fast Fourier transform of a power-of-two size, Stockham's self-sorting form in radix 4 (with one radix-2 stage
 * where the size asks for it): no bit reversal, unit strides. Float64 throughout, since two real signals share one
 * transform in log-mel.ts and a loud one must not drown a quiet one.
 */
export class Fourier {
  readonly re: Float64Array;
  readonly im: Float64Array;
  private readonly workRe: Float64Array;
  private readonly workIm: Float64Array;
  private readonly cos: Float64Array;
  private readonly sin: Float64Array;

  /** @throws RangeError when `size` is not a power of two of at least 4. */
  constructor(readonly size: number) {
    if (size < 4 || (size & (size - 1)) !== 0) throw new RangeError(`not a power of two: ${size}`);
    this.re = new Float64Array(size);
    this.im = new Float64Array(size);
    this.workRe = new Float64Array(size);
    this.workIm = new Float64Array(size);
    this.cos = Float64Array.from({ length: size }, (_, index) => Math.cos((2 * Math.PI * index) / size));
    this.sin = Float64Array.from({ length: size }, (_, index) => -Math.sin((2 * Math.PI * index) / size));
  }

  /** Transforms `re` and `im` in place: X[k] = Σ x[n] exp(−2πi k n / size). */
  run(): void {
    let fromRe = this.re;
    let fromIm = this.im;
    let toRe = this.workRe;
    let toIm = this.workIm;
    let length = this.size;
    for (let stride = 1; length > 1; stride *= 4, length /= 4) {
      if (length === 2) radix2(stride, fromRe, fromIm, toRe, toIm);
      else this.radix4(length, stride, fromRe, fromIm, toRe, toIm);
      [fromRe, toRe] = [toRe, fromRe];
      [fromIm, toIm] = [toIm, fromIm];
      if (length === 2) break;
    }
    if (fromRe !== this.re) {
      this.re.set(fromRe);
      this.im.set(fromIm);
    }
  }

  private radix4(
    length: number,
    stride: number,
    xr: Float64Array,
    xi: Float64Array,
    yr: Float64Array,
    yi: Float64Array,
  ): void {
    const quarter = length / 4;
    const { cos, sin } = this;
    for (let p = 0; p < quarter; p++) {
      const c1 = cos[p * stride] ?? 0;
      const s1 = sin[p * stride] ?? 0;
      const c2 = cos[2 * p * stride] ?? 0;
      const s2 = sin[2 * p * stride] ?? 0;
      const c3 = cos[3 * p * stride] ?? 0;
      const s3 = sin[3 * p * stride] ?? 0;
      for (let q = 0; q < stride; q++) {
        const a = q + stride * p;
        const b = a + stride * quarter;
        const c = b + stride * quarter;
        const d = c + stride * quarter;
        const acRe = (xr[a] ?? 0) + (xr[c] ?? 0);
        const acIm = (xi[a] ?? 0) + (xi[c] ?? 0);
        const aMinusCRe = (xr[a] ?? 0) - (xr[c] ?? 0);
        const aMinusCIm = (xi[a] ?? 0) - (xi[c] ?? 0);
        const bdRe = (xr[b] ?? 0) + (xr[d] ?? 0);
        const bdIm = (xi[b] ?? 0) + (xi[d] ?? 0);
        // i · (b − d)
        const turnedRe = (xi[d] ?? 0) - (xi[b] ?? 0);
        const turnedIm = (xr[b] ?? 0) - (xr[d] ?? 0);
        const to = q + stride * 4 * p;
        yr[to] = acRe + bdRe;
        yi[to] = acIm + bdIm;
        const oneRe = aMinusCRe - turnedRe;
        const oneIm = aMinusCIm - turnedIm;
        yr[to + stride] = oneRe * c1 - oneIm * s1;
        yi[to + stride] = oneRe * s1 + oneIm * c1;
        const twoRe = acRe - bdRe;
        const twoIm = acIm - bdIm;
        yr[to + 2 * stride] = twoRe * c2 - twoIm * s2;
        yi[to + 2 * stride] = twoRe * s2 + twoIm * c2;
        const threeRe = aMinusCRe + turnedRe;
        const threeIm = aMinusCIm + turnedIm;
        yr[to + 3 * stride] = threeRe * c3 - threeIm * s3;
        yi[to + 3 * stride] = threeRe * s3 + threeIm * c3;
      }
    }
  }
}

function radix2(stride: number, xr: Float64Array, xi: Float64Array, yr: Float64Array, yi: Float64Array): void {
  for (let q = 0; q < stride; q++) {
    yr[q] = (xr[q] ?? 0) + (xr[q + stride] ?? 0);
    yi[q] = (xi[q] ?? 0) + (xi[q + stride] ?? 0);
    yr[q + stride] = (xr[q] ?? 0) - (xr[q + stride] ?? 0);
    yi[q + stride] = (xi[q] ?? 0) - (xi[q + stride] ?? 0);
  }
}
