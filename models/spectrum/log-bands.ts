import type { FunctionAuthor } from '../wasm/function-author.js';
import { add, constant, f64x2, i64x2, loadI32, times, v128, type V128 } from '../wasm/instructions.js';
import { compileKernel, type Kernel } from '../wasm/kernel.js';
import { fourierTable, PAIR_BYTES, writePower, type FourierLayout } from './fourier-kernel.js';

/** One filter: the weights of the power bins from `first` on, without leading and trailing zeros. */
export interface Band {
  readonly first: number;
  readonly weights: Float64Array;
}

/** The level of a band is slope · ln(p) + shift, with p = power + floor (`added`) or p = max(power, floor) (`least`). */
export interface LevelScale {
  readonly slope: number;
  readonly shift: number;
  readonly floor: number;
  readonly floorIs: 'added' | 'least';
}

export interface LogBandsShape {
  /** Points of the transform, a power of two of at least 8. */
  readonly fftSize: number;
  /** At most `fftSize` weights of the samples. It is centred in the transform and padded with zeros. */
  readonly taper: Float64Array;
  readonly bands: readonly Band[];
  readonly scale: LevelScale;
}

interface Layout extends FourierLayout {
  readonly taper: number;
  readonly weights: number;
  /** For every band where its bins begin and end, in bytes relative to `power`. */
  readonly spans: number;
  readonly levels: number;
  readonly samples: number;
}

const PAGE_BYTES = 65_536;

/**
 * Computes the levels of bands from frames of sound, two frames at a time and in double precision: taper, power spectrum,
 * filters, logarithm. An instance reuses its memory, so a thread needs one.
 */
export class LogBands {
  /** Two levels per band: of the first frame and of the second. Valid until `write` or `reserve` is called again. */
  levels: Float64Array;
  private readonly kernel: Kernel;
  private readonly layout: Layout;

  /** @throws RangeError when `fftSize` is not a power of two of at least 8 */
  constructor(private readonly shape: LogBandsShape) {
    const { fftSize, taper, bands } = shape;
    if (fftSize < 8 || (fftSize & (fftSize - 1)) !== 0) throw new RangeError(`not a power of two: ${fftSize}`);
    const spans = bands.flatMap(({ first, weights }) => [first, first + Math.max(1, weights.length)]);
    // A band between two bins has no weights. It gets one zero, because loops of the kernel run at least once.
    const weights = bands.flatMap((band) => (band.weights.length > 0 ? [...band.weights] : [0]));
    const table = fourierTable(fftSize);
    let bytes = 0;
    const place = (size: number): number => (bytes += Math.ceil(size / 16) * 16) - Math.ceil(size / 16) * 16;
    this.layout = {
      size: fftSize,
      signal: place(fftSize * PAIR_BYTES),
      work: place(fftSize * PAIR_BYTES),
      power: place((fftSize / 2 + 1) * PAIR_BYTES),
      table: place(table.byteLength),
      taper: place(taper.byteLength),
      weights: place(weights.length * 8),
      spans: place(spans.length * 4),
      levels: place(bands.length * PAIR_BYTES),
      samples: bytes,
    };
    this.kernel = compileKernel(bytes, 2, (author) => writeKernel(author, shape, this.layout));
    const { buffer } = this.kernel.memory;
    new Float64Array(buffer, this.layout.table).set(table);
    new Float64Array(buffer, this.layout.taper).set(taper);
    new Float64Array(buffer, this.layout.weights).set(weights);
    new Int32Array(buffer, this.layout.spans).set(spans.map((bin) => bin * PAIR_BYTES));
    this.levels = this.levelsIn(buffer);
  }

  /** Returns memory for so many samples, which the caller fills. Its earlier content stays. */
  reserve(samples: number): Float32Array {
    const { memory } = this.kernel;
    const missing = this.layout.samples + samples * 4 - memory.buffer.byteLength;
    if (missing > 0) {
      memory.grow(Math.ceil(missing / PAGE_BYTES));
      this.levels = this.levelsIn(memory.buffer);
    }
    return new Float32Array(memory.buffer, this.layout.samples, samples);
  }

  /** Computes `levels` of the two frames whose tapers begin at these indices of the reserved samples. */
  write(first: number, second: number): void {
    this.kernel.run(this.layout.samples + 4 * first, this.layout.samples + 4 * second);
  }

  private levelsIn(buffer: ArrayBuffer): Float64Array {
    return new Float64Array(buffer, this.layout.levels, 2 * this.shape.bands.length);
  }
}

/** The parameters of the kernel are the addresses of the first tapered sample of both frames. */
function writeKernel(author: FunctionAuthor, { fftSize, taper, bands, scale }: LogBandsShape, layout: Layout): void {
  const before = Math.floor((fftSize - taper.length) / 2);
  const silence = f64x2.splat(0);
  const silent = (from: number, to: number): void => {
    const at = (index: number): number => layout.signal + index * PAIR_BYTES;
    if (to > from)
      author.repeat(constant(at(from)), constant(at(to)), PAIR_BYTES, (pair) => author.store(pair, silence));
  };
  silent(0, before);
  silent(before + taper.length, fftSize);
  author.repeat(constant(0), constant(taper.length), 1, (index) => {
    const at = author.keep(times(index, 4));
    const first = v128.load32Zero(add(author.parameter(0), at));
    const both = v128.load32Lane(add(author.parameter(1), at), 0, 1, first);
    const weight = v128.load64Splat(times(index, 8), layout.taper);
    author.store(times(index, PAIR_BYTES), f64x2.mul(f64x2.fromF32(both), weight), layout.signal + before * PAIR_BYTES);
  });
  writePower(author, layout);
  const weight = author.variable(constant(layout.weights));
  author.repeat(constant(0), constant(bands.length), 1, (band) => {
    const span = author.keep(times(band, 8));
    const power = author.variable(silence);
    author.repeat(loadI32(span, layout.spans), loadI32(span, layout.spans + 4), PAIR_BYTES, (bin) => {
      const part = f64x2.mul(v128.load(bin, layout.power), v128.load64Splat(weight.value));
      power.set(f64x2.add(power.value, part));
      weight.set(add(weight.value, constant(8)));
    });
    author.store(times(band, PAIR_BYTES), levelOf(author, power.value, scale), layout.levels);
  });
}

function levelOf(author: FunctionAuthor, power: V128, { slope, shift, floor, floorIs }: LevelScale): V128 {
  const least = f64x2.splat(floor);
  const floored = floorIs === 'added' ? f64x2.add(power, least) : f64x2.max(power, least);
  return f64x2.add(f64x2.mul(writeLogarithm(author, floored), f64x2.splat(slope)), f64x2.splat(shift));
}

/** Terms of the series: |s| ≤ 0.172, so the first omitted term is below 1e-12. */
const TERMS = 7;
const MANTISSA_BITS = 52;
/** The mantissa of √½. Subtracting it moves the steps of the exponent from powers of two to √½ times powers of two. */
const ROOT_HALF_MANTISSA = 0x0006a09e667f3bcdn;
/** Biased exponent of the numbers from √½ to √2 after that subtraction. */
const EXPONENT_BIAS = 0x3fen;
/** 2⁵²: with an integer in its mantissa bits, its value is 2⁵² plus that integer. */
const TWO_52 = 2 ** MANTISSA_BITS;

/**
 * The natural logarithm of two positive normal numbers, to 1e-11: y = m 2ᵉ with m from √½ to √2, and
 * ln m = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …), s = (m − 1) / (m + 1).
 */
function writeLogarithm(author: FunctionAuthor, y: V128): V128 {
  const bits = author.keep(y);
  const exponent = author.keep(
    i64x2.shiftRightUnsigned(i64x2.sub(bits, i64x2.splat(ROOT_HALF_MANTISSA)), MANTISSA_BITS),
  );
  const counted = v128.or(exponent, f64x2.splat(TWO_52));
  const whole = f64x2.sub(counted, f64x2.splat(TWO_52 + Number(EXPONENT_BIAS)));
  const scale = i64x2.shiftLeft(i64x2.sub(exponent, i64x2.splat(EXPONENT_BIAS)), MANTISSA_BITS);
  const mantissa = author.keep(i64x2.sub(bits, scale));
  const one = f64x2.splat(1);
  const s = author.keep(f64x2.div(f64x2.sub(mantissa, one), f64x2.add(mantissa, one)));
  const square = author.keep(f64x2.mul(s, s));
  const series = author.variable(f64x2.splat(2 / (2 * TERMS - 1)));
  for (let term = TERMS - 2; term >= 0; term--)
    series.set(f64x2.add(f64x2.mul(series.value, square), f64x2.splat(2 / (2 * term + 1))));
  return f64x2.add(f64x2.mul(series.value, s), f64x2.mul(whole, f64x2.splat(Math.LN2)));
}
