/**
 * Power spectrum of a real signal of a power-of-two size: its even and odd samples are the real and imaginary parts of a
 * complex transform of half the size (Stockham's self-sorting form in radix 4, with one radix-2 stage where the size
 * asks for it), which is then taken apart. No bit reversal, no allocation, twiddles of every stage side by side.
 */
export class RealFourier {
  /** The signal; overwritten by `power`. */
  readonly signal: Float64Array;
  private readonly work: Float64Array;
  private readonly stages: readonly Stage[];
  /** cos and −sin of 2πk / size, for k up to a quarter of the size. */
  private readonly untangle: Float64Array;

  /** @throws RangeError when `size` is not a power of two of at least 8. */
  constructor(readonly size: number) {
    if (size < 8 || (size & (size - 1)) !== 0) throw new RangeError(`not a power of two: ${size}`);
    this.signal = new Float64Array(size);
    this.work = new Float64Array(size);
    this.stages = stagesOf(size / 2);
    this.untangle = new Float64Array(size / 2 + 2);
    for (let k = 0; k <= size / 4; k++) {
      this.untangle[2 * k] = Math.cos((2 * Math.PI * k) / size);
      this.untangle[2 * k + 1] = -Math.sin((2 * Math.PI * k) / size);
    }
  }

  /** |X[k]|² of X[k] = Σ signal[n] exp(−2πi k n / size), for k = 0 … size / 2. */
  power(into: Float64Array): void {
    let from = this.signal;
    let to = this.work;
    for (const { length, stride, twiddles } of this.stages) {
      if (length === 2) radix2(stride, from, to);
      else if (stride === 1) firstRadix4(length / 4, twiddles, from, to);
      else radix4(length / 4, stride, twiddles, from, to);
      const next = from;
      from = to;
      to = next;
    }
    powerOfHalves(this.size / 2, this.untangle, from, into);
  }
}

interface Stage {
  readonly length: number;
  readonly stride: number;
  /** cos and −sin of one, two and three steps, for every butterfly group. */
  readonly twiddles: Float64Array;
}

function stagesOf(size: number): Stage[] {
  const stages: Stage[] = [];
  let stride = 1;
  for (let length = size; length > 1; length /= 4, stride *= 4) {
    const twiddles = new Float64Array(6 * Math.floor(length / 4));
    for (let group = 0; group < Math.floor(length / 4); group++)
      for (let turn = 1; turn <= 3; turn++) {
        twiddles[6 * group + 2 * turn - 2] = Math.cos((2 * Math.PI * group * turn) / length);
        twiddles[6 * group + 2 * turn - 1] = -Math.sin((2 * Math.PI * group * turn) / length);
      }
    stages.push({ length, stride, twiddles });
    if (length === 2) break;
  }
  return stages;
}

function firstRadix4(quarter: number, twiddles: Float64Array, x: Float64Array, y: Float64Array): void {
  const step = 2 * quarter;
  for (let group = 0; group < quarter; group++) {
    const a = 2 * group;
    const b = a + step;
    const c = b + step;
    const d = c + step;
    const ar = x[a] ?? 0;
    const ai = x[a + 1] ?? 0;
    const br = x[b] ?? 0;
    const bi = x[b + 1] ?? 0;
    const cr = x[c] ?? 0;
    const ci = x[c + 1] ?? 0;
    const dr = x[d] ?? 0;
    const di = x[d + 1] ?? 0;
    const sumRe = ar + cr;
    const sumIm = ai + ci;
    const gapRe = ar - cr;
    const gapIm = ai - ci;
    const otherRe = br + dr;
    const otherIm = bi + di;
    // i · (b − d)
    const turnedRe = di - bi;
    const turnedIm = br - dr;
    const w = 6 * group;
    const c1 = twiddles[w] ?? 0;
    const s1 = twiddles[w + 1] ?? 0;
    const c2 = twiddles[w + 2] ?? 0;
    const s2 = twiddles[w + 3] ?? 0;
    const c3 = twiddles[w + 4] ?? 0;
    const s3 = twiddles[w + 5] ?? 0;
    const oneRe = gapRe - turnedRe;
    const oneIm = gapIm - turnedIm;
    const twoRe = sumRe - otherRe;
    const twoIm = sumIm - otherIm;
    const threeRe = gapRe + turnedRe;
    const threeIm = gapIm + turnedIm;
    const to = 8 * group;
    y[to] = sumRe + otherRe;
    y[to + 1] = sumIm + otherIm;
    y[to + 2] = oneRe * c1 - oneIm * s1;
    y[to + 3] = oneRe * s1 + oneIm * c1;
    y[to + 4] = twoRe * c2 - twoIm * s2;
    y[to + 5] = twoRe * s2 + twoIm * c2;
    y[to + 6] = threeRe * c3 - threeIm * s3;
    y[to + 7] = threeRe * s3 + threeIm * c3;
  }
}

function radix4(quarter: number, stride: number, twiddles: Float64Array, x: Float64Array, y: Float64Array): void {
  const row = 2 * stride;
  const step = row * quarter;
  for (let group = 0; group < quarter; group++) {
    const w = 6 * group;
    const c1 = twiddles[w] ?? 0;
    const s1 = twiddles[w + 1] ?? 0;
    const c2 = twiddles[w + 2] ?? 0;
    const s2 = twiddles[w + 3] ?? 0;
    const c3 = twiddles[w + 4] ?? 0;
    const s3 = twiddles[w + 5] ?? 0;
    const end = row * (group + 1);
    for (let a = row * group, to = 4 * row * group; a < end; a += 2, to += 2) {
      const b = a + step;
      const c = b + step;
      const d = c + step;
      const ar = x[a] ?? 0;
      const ai = x[a + 1] ?? 0;
      const br = x[b] ?? 0;
      const bi = x[b + 1] ?? 0;
      const cr = x[c] ?? 0;
      const ci = x[c + 1] ?? 0;
      const dr = x[d] ?? 0;
      const di = x[d + 1] ?? 0;
      const sumRe = ar + cr;
      const sumIm = ai + ci;
      const gapRe = ar - cr;
      const gapIm = ai - ci;
      const otherRe = br + dr;
      const otherIm = bi + di;
      const turnedRe = di - bi;
      const turnedIm = br - dr;
      const oneRe = gapRe - turnedRe;
      const oneIm = gapIm - turnedIm;
      const twoRe = sumRe - otherRe;
      const twoIm = sumIm - otherIm;
      const threeRe = gapRe + turnedRe;
      const threeIm = gapIm + turnedIm;
      const one = to + row;
      const two = one + row;
      const three = two + row;
      y[to] = sumRe + otherRe;
      y[to + 1] = sumIm + otherIm;
      y[one] = oneRe * c1 - oneIm * s1;
      y[one + 1] = oneRe * s1 + oneIm * c1;
      y[two] = twoRe * c2 - twoIm * s2;
      y[two + 1] = twoRe * s2 + twoIm * c2;
      y[three] = threeRe * c3 - threeIm * s3;
      y[three + 1] = threeRe * s3 + threeIm * c3;
    }
  }
}

function radix2(stride: number, x: Float64Array, y: Float64Array): void {
  const row = 2 * stride;
  for (let a = 0; a < row; a++) {
    const one = x[a] ?? 0;
    const other = x[a + row] ?? 0;
    y[a] = one + other;
    y[a + row] = one - other;
  }
}

/**
 * Z is the transform of even + i odd samples. With E = (Z[k] + Z̄[m−k]) / 2 and O = (Z[k] − Z̄[m−k]) / 2i,
 * X[k] = E + w O and X[m−k] = conj(E − w O), w = exp(−2πi k / 2m).
 */
function powerOfHalves(half: number, untangle: Float64Array, z: Float64Array, into: Float64Array): void {
  const re = z[0] ?? 0;
  const im = z[1] ?? 0;
  into[0] = (re + im) * (re + im);
  into[half] = (re - im) * (re - im);
  for (let k = 1, mirror = half - 1; k <= mirror; k++, mirror--) {
    const aRe = z[2 * k] ?? 0;
    const aIm = z[2 * k + 1] ?? 0;
    const bRe = z[2 * mirror] ?? 0;
    const bIm = z[2 * mirror + 1] ?? 0;
    const c = untangle[2 * k] ?? 0;
    const s = untangle[2 * k + 1] ?? 0;
    // Twice E and twice O.
    const evenRe = aRe + bRe;
    const evenIm = aIm - bIm;
    const oddRe = aIm + bIm;
    const oddIm = bRe - aRe;
    const turnedRe = oddRe * c - oddIm * s;
    const turnedIm = oddRe * s + oddIm * c;
    const nearRe = evenRe + turnedRe;
    const nearIm = evenIm + turnedIm;
    const farRe = evenRe - turnedRe;
    const farIm = evenIm - turnedIm;
    into[k] = 0.25 * (nearRe * nearRe + nearIm * nearIm);
    into[mirror] = 0.25 * (farRe * farRe + farIm * farIm);
  }
}
