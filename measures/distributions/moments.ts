import { EarsightError } from '../../core/errors.js';

/** Rows that are gathered before they are added to the sums of products: few passes over the matrix, little memory. */
const CHUNK = 256;

/** By what the sum of squares is divided: `n-1` is unbiased (audioldm_eval, JavisDiT, numpy's cov), `n` is stylegan-v's. */
export type Divisor = 'n-1' | 'n';

/**
 * Mean and covariance of features as a stream: memory for one matrix and one chunk of rows, however many rows come. Sums
 * are taken around the mean of the first chunk, which keeps them exact where the mean is large against the spread.
 */
export class Moments {
  readonly dimensions: number;
  private rows = 0;
  private shift: Float64Array | null = null;
  private readonly sums: Float64Array;
  /** dimensions × dimensions, only where column >= row. */
  private readonly products: Float64Array;
  /** dimensions × CHUNK: each feature's values lie together. */
  private readonly chunk: Float64Array;
  private pending = 0;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.sums = new Float64Array(dimensions);
    this.products = new Float64Array(dimensions * dimensions);
    this.chunk = new Float64Array(dimensions * CHUNK);
  }

  get count(): number {
    return this.rows + this.pending;
  }

  /** @throws EarsightError EARSIGHT_MEASURE_INVALID when the row has another length or holds a number that is not finite. */
  add(row: ArrayLike<number>): void {
    if (row.length !== this.dimensions)
      throw new EarsightError('EARSIGHT_MEASURE_INVALID', {
        reason: `row ${this.count} has ${row.length} features instead of ${this.dimensions}`,
      });
    for (let at = 0; at < row.length; at += 1) {
      const value = row[at] ?? NaN;
      if (!Number.isFinite(value))
        throw new EarsightError('EARSIGHT_MEASURE_INVALID', { reason: `row ${this.count} holds ${value}` });
      this.chunk[at * CHUNK + this.pending] = value;
    }
    this.pending += 1;
    if (this.pending === CHUNK) this.flush();
  }

  mean(): Float64Array {
    this.flush();
    const { shift } = this;
    return this.sums.map((sum, at) => sum / this.rows + (shift?.[at] ?? 0));
  }

  /** dimensions × dimensions, row by row. */
  covariance(divisor: Divisor): Float64Array {
    this.flush();
    const { dimensions, sums, products, rows } = this;
    const by = divisor === 'n' ? rows : rows - 1;
    const result = new Float64Array(dimensions * dimensions);
    for (let i = 0; i < dimensions; i += 1)
      for (let j = i; j < dimensions; j += 1) {
        const value = ((products[i * dimensions + j] ?? 0) - ((sums[i] ?? 0) * (sums[j] ?? 0)) / rows) / by;
        result[i * dimensions + j] = result[j * dimensions + i] = value;
      }
    return result;
  }

  private flush(): void {
    const { chunk, dimensions, pending, sums } = this;
    if (pending === 0) return;
    const shift = (this.shift ??= Float64Array.from({ length: dimensions }, (_, i) => {
      let sum = 0;
      for (let at = 0; at < pending; at += 1) sum += chunk[i * CHUNK + at] ?? 0;
      return sum / pending;
    }));
    for (let i = 0; i < dimensions; i += 1) {
      const by = shift[i] ?? 0;
      let sum = 0;
      for (let at = i * CHUNK, end = at + pending; at < end; at += 1) sum += chunk[at] = (chunk[at] ?? 0) - by;
      sums[i] = (sums[i] ?? 0) + sum;
    }
    this.addProducts();
    this.rows += pending;
    this.pending = 0;
  }

  /** Adds the products of all pairs of features, in tiles of 2 × 4 so that every loaded value serves several sums. */
  private addProducts(): void {
    const { chunk, dimensions: d, pending, products } = this;
    for (let i = 0; i < d; i += 2) {
      const a0 = i * CHUNK;
      const a1 = Math.min(i + 1, d - 1) * CHUNK;
      for (let j = i; j < d; j += 4) {
        const b0 = j * CHUNK;
        const b1 = Math.min(j + 1, d - 1) * CHUNK;
        const b2 = Math.min(j + 2, d - 1) * CHUNK;
        const b3 = Math.min(j + 3, d - 1) * CHUNK;
        let s00 = 0,
          s01 = 0,
          s02 = 0,
          s03 = 0,
          s10 = 0,
          s11 = 0,
          s12 = 0,
          s13 = 0;
        for (let at = 0; at < pending; at += 1) {
          const x0 = chunk[a0 + at] ?? 0;
          const x1 = chunk[a1 + at] ?? 0;
          const y0 = chunk[b0 + at] ?? 0;
          const y1 = chunk[b1 + at] ?? 0;
          const y2 = chunk[b2 + at] ?? 0;
          const y3 = chunk[b3 + at] ?? 0;
          s00 += x0 * y0;
          s01 += x0 * y1;
          s02 += x0 * y2;
          s03 += x0 * y3;
          s10 += x1 * y0;
          s11 += x1 * y1;
          s12 += x1 * y2;
          s13 += x1 * y3;
        }
        const columns = Math.min(4, d - j);
        addTo(products, i * d + j, columns, s00, s01, s02, s03);
        if (i + 1 < d) addTo(products, (i + 1) * d + j, columns, s10, s11, s12, s13);
      }
    }
  }
}

function addTo(target: Float64Array, at: number, columns: number, a: number, b: number, c: number, d: number): void {
  target[at] = (target[at] ?? 0) + a;
  if (columns > 1) target[at + 1] = (target[at + 1] ?? 0) + b;
  if (columns > 2) target[at + 2] = (target[at + 2] ?? 0) + c;
  if (columns > 3) target[at + 3] = (target[at + 3] ?? 0) + d;
}
