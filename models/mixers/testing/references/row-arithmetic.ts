/** Rows [T, w] of one sequence in float64. This file has the arithmetic of the blocks that the reference layers consist of. */
export type Rows = Float64Array;

/** Sizes of one head of one sequence; its rows are row-major float64. */
export interface HeadShape {
  readonly length: number;
  /** Width d of a query or key. */
  readonly keyWidth: number;
  /** Width e of a value. */
  readonly valueWidth: number;
}

export interface HeadInputs {
  /** [length, keyWidth] */
  readonly q: Float64Array;
  /** [length, keyWidth] */
  readonly k: Float64Array;
  /** [length, valueWidth] */
  readonly v: Float64Array;
}

/** x [T, from] times weight [from, to]. */
export function timesMatrix(x: Rows, weight: Rows, from: number, bias?: Rows): Rows {
  const to = weight.length / from;
  const out = new Float64Array((x.length / from) * to);
  for (let t = 0; t < x.length / from; t++)
    for (let c = 0; c < to; c++) {
      let sum = bias === undefined ? 0 : at(bias, c);
      for (let i = 0; i < from; i++) sum += at(x, t * from + i) * at(weight, i * to + c);
      out[t * to + c] = sum;
    }
  return out;
}

export function siluOf(x: Rows): Rows {
  return x.map((value) => value / (1 + Math.exp(-value)));
}

export function product(a: Rows, b: Rows): Rows {
  return a.map((value, i) => value * at(b, i));
}

export function sum(a: Rows, b: Rows): Rows {
  return a.map((value, i) => value + at(b, i));
}

/** The epsilon that `rmsNormalization` of models/graph writes. */
const NORM_EPSILON = 1e-6;

/** Every row divided by its root mean square, times `scale` [w]. */
export function normalised(x: Rows, width: number, scale?: Rows): Rows {
  const out = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    let squares = 0;
    for (let c = 0; c < width; c++) squares += at(x, start + c) ** 2;
    const size = Math.sqrt(squares / width + NORM_EPSILON);
    for (let c = 0; c < width; c++)
      out[start + c] = (at(x, start + c) / size) * (scale === undefined ? 1 : at(scale, c));
  }
  return out;
}

/** The rows in the opposite order. */
export function reversedRows(x: Rows, width: number): Rows {
  const last = x.length / width - 1;
  return x.map((_, i) => at(x, (last - Math.floor(i / width)) * width + (i % width)));
}

/** Columns `from` to `to` - 1 of rows of `width` columns. */
export function columns(x: Rows, width: number, from: number, to: number): Rows {
  const part = to - from;
  return Float64Array.from({ length: (x.length / width) * part }, (_, i) =>
    at(x, Math.floor(i / part) * width + from + (i % part)),
  );
}

/** Computes every head with `head` and joins the results side by side: [T, H·w]. */
export function perHead(heads: number, length: number, head: (index: number) => Rows): Rows {
  const parts = Array.from({ length: heads }, (_, index) => head(index));
  const width = (parts[0]?.length ?? 0) / length;
  return Float64Array.from({ length: length * heads * width }, (_, i) => {
    const [t, c] = [Math.floor(i / (heads * width)), i % (heads * width)];
    return at(parts[Math.floor(c / width)] ?? new Float64Array(), t * width + (c % width));
  });
}

export function at(rows: Rows, index: number): number {
  return rows[index] ?? Number.NaN;
}
