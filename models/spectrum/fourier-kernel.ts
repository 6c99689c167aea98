import type { FunctionAuthor } from '../wasm/function-author.js';
import { add, constant, f64x2, subtract, times, v128, type I32, type V128 } from '../wasm/instructions.js';

/** Bytes of a pair: two signals are stored side by side, one float64 of each. */
export const PAIR_BYTES = 16;
const COMPLEX_BYTES = 2 * PAIR_BYTES;
/** Numbers per group of a stage: cos and −sin of one, two and three steps. */
const TWIDDLES = 6;
const FLOAT64_BYTES = 8;

/** One stage of a complex transform: `stride` interleaved transforms of `length` points are left. */
interface Stage {
  readonly length: number;
  readonly stride: number;
}

function stagesOf(points: number): Stage[] {
  const stages: Stage[] = [];
  for (let length = points, stride = 1; length > 1; length /= 4, stride *= 4) {
    stages.push({ length, stride });
    if (length === 2) break;
  }
  return stages;
}

/** @returns the twiddles of all stages one after another, then cos and −sin of 2πk / size for k to a quarter of the size */
export function fourierTable(size: number): Float64Array {
  const table: number[] = [];
  const turn = (angle: number): void => void table.push(Math.cos(angle), -Math.sin(angle));
  for (const { length } of stagesOf(size / 2))
    for (let group = 0; group < Math.floor(length / 4); group++)
      for (let step = 1; step <= 3; step++) turn((2 * Math.PI * group * step) / length);
  for (let k = 0; k <= size / 4; k++) turn((2 * Math.PI * k) / size);
  return Float64Array.from(table);
}

export interface FourierLayout {
  /** A power of two of at least 8. */
  readonly size: number;
  /** Address of `size` pairs, which are overwritten. */
  readonly signal: number;
  /** Address of a work area of the same size. */
  readonly work: number;
  /** Address of the numbers of `fourierTable`. */
  readonly table: number;
  /** Address of the result, size / 2 + 1 pairs. */
  readonly power: number;
}

/**
 * Computes |X[k]|², where X[k] = Σ signal[n] exp(−2πi k n / size), for two real signals at once. The even and odd samples of
 * a signal are the real and imaginary parts of a complex transform of half the size, whose result is then split. The
 * transform is Stockham's self-sorting form, which needs no bit reversal, in radix 4 with one radix-2 stage if necessary.
 */
export function writePower(author: FunctionAuthor, { size, signal, work, table, power }: FourierLayout): void {
  let from = signal;
  let to = work;
  let twiddles = table;
  for (const { length, stride } of stagesOf(size / 2)) {
    if (length === 2) writeRadix2(author, stride, from, to);
    else writeRadix4(author, length / 4, stride, twiddles, from, to);
    twiddles += Math.floor(length / 4) * TWIDDLES * FLOAT64_BYTES;
    [from, to] = [to, from];
  }
  writePowerOfHalves(author, size / 2, twiddles, from, power);
}

function writeRadix4(
  author: FunctionAuthor,
  quarter: number,
  stride: number,
  twiddles: number,
  from: number,
  to: number,
): void {
  const row = stride * COMPLEX_BYTES;
  author.repeat(constant(0), constant(quarter), 1, (group) => {
    const at = author.keep(times(group, TWIDDLES * FLOAT64_BYTES));
    const turns = [0, 1, 2].map((step) => ({
      cos: author.keep(v128.load64Splat(at, twiddles + 2 * step * FLOAT64_BYTES)),
      sin: author.keep(v128.load64Splat(at, twiddles + (2 * step + 1) * FLOAT64_BYTES)),
    }));
    const source = author.keep(times(group, row));
    const target = author.keep(times(group, 4 * row));
    const butterfly = (read: I32, write: I32): void => {
      const [a, b, c, d] = [0, 1, 2, 3].map((part) => loadComplex(author, read, from + part * row * quarter));
      if (!a || !b || !c || !d) return;
      const even = keepComplex(author, sum(a, c));
      const evenGap = keepComplex(author, difference(a, c));
      const odd = keepComplex(author, sum(b, d));
      // i · (b − d)
      const turned = keepComplex(author, { re: f64x2.sub(d.im, b.im), im: f64x2.sub(b.re, d.re) });
      storeComplex(author, write, to, sum(even, odd));
      [difference(evenGap, turned), difference(even, odd), sum(evenGap, turned)].forEach((value, index) => {
        const turn = turns[index];
        const { re, im } = keepComplex(author, value);
        if (!turn) return;
        storeComplex(author, write, to + (index + 1) * row, {
          re: f64x2.sub(f64x2.mul(re, turn.cos), f64x2.mul(im, turn.sin)),
          im: f64x2.add(f64x2.mul(re, turn.sin), f64x2.mul(im, turn.cos)),
        });
      });
    };
    if (stride === 1) butterfly(source, target);
    else
      author.repeat(constant(0), constant(row), COMPLEX_BYTES, (at) =>
        butterfly(author.keep(add(source, at)), author.keep(add(target, at))),
      );
  });
}

function writeRadix2(author: FunctionAuthor, stride: number, from: number, to: number): void {
  const row = stride * COMPLEX_BYTES;
  author.repeat(constant(0), constant(row), PAIR_BYTES, (at) => {
    const one = author.keep(v128.load(at, from));
    const other = author.keep(v128.load(at, from + row));
    author.store(at, f64x2.add(one, other), to);
    author.store(at, f64x2.sub(one, other), to + row);
  });
}

/**
 * Z is the transform of the even samples plus i times the odd samples. With E = (Z[k] + Z̄[m−k]) / 2 and O = (Z[k] − Z̄[m−k]) / 2i,
 * X[k] = E + w O and X[m−k] = conj(E − w O), w = exp(−2πi k / 2m).
 */
function writePowerOfHalves(author: FunctionAuthor, half: number, turns: number, z: number, power: number): void {
  const zero = loadComplex(author, constant(0), z);
  const lowest = author.keep(f64x2.add(zero.re, zero.im));
  const highest = author.keep(f64x2.sub(zero.re, zero.im));
  author.store(constant(power), f64x2.mul(lowest, lowest));
  author.store(constant(power + half * PAIR_BYTES), f64x2.mul(highest, highest));
  const quarter = f64x2.splat(0.25);
  author.repeat(constant(1), constant(half / 2 + 1), 1, (k) => {
    const mirror = author.keep(subtract(constant(half), k));
    const a = loadComplex(author, author.keep(times(k, COMPLEX_BYTES)), z);
    const b = loadComplex(author, author.keep(times(mirror, COMPLEX_BYTES)), z);
    const at = author.keep(times(k, 2 * FLOAT64_BYTES));
    const cos = author.keep(v128.load64Splat(at, turns));
    const sin = author.keep(v128.load64Splat(at, turns + FLOAT64_BYTES));
    // Twice E and twice O.
    const even = keepComplex(author, { re: f64x2.add(a.re, b.re), im: f64x2.sub(a.im, b.im) });
    const odd = keepComplex(author, { re: f64x2.add(a.im, b.im), im: f64x2.sub(b.re, a.re) });
    const turned = keepComplex(author, {
      re: f64x2.sub(f64x2.mul(odd.re, cos), f64x2.mul(odd.im, sin)),
      im: f64x2.add(f64x2.mul(odd.re, sin), f64x2.mul(odd.im, cos)),
    });
    const store = (index: I32, value: Complex): void => {
      const { re, im } = keepComplex(author, value);
      const square = f64x2.add(f64x2.mul(re, re), f64x2.mul(im, im));
      author.store(times(index, PAIR_BYTES), f64x2.mul(quarter, square), power);
    };
    store(k, sum(even, turned));
    store(mirror, difference(even, turned));
  });
}

interface Complex {
  readonly re: V128;
  readonly im: V128;
}

function loadComplex(author: FunctionAuthor, address: I32, offset: number): Complex {
  return {
    re: author.keep(v128.load(address, offset)),
    im: author.keep(v128.load(address, offset + PAIR_BYTES)),
  };
}

function storeComplex(author: FunctionAuthor, address: I32, offset: number, { re, im }: Complex): void {
  author.store(address, re, offset);
  author.store(address, im, offset + PAIR_BYTES);
}

function keepComplex(author: FunctionAuthor, { re, im }: Complex): Complex {
  return { re: author.keep(re), im: author.keep(im) };
}

function sum(a: Complex, b: Complex): Complex {
  return { re: f64x2.add(a.re, b.re), im: f64x2.add(a.im, b.im) };
}

function difference(a: Complex, b: Complex): Complex {
  return { re: f64x2.sub(a.re, b.re), im: f64x2.sub(a.im, b.im) };
}
