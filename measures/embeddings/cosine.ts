/** Rows of equal length, one after the other. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** rows × columns, row by row. */
  readonly values: Float32Array | Float64Array;
}

export function rowOf({ columns, values }: Matrix, row: number): Float32Array | Float64Array {
  return values.subarray(row * columns, (row + 1) * columns);
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

/** Shortest length of a vector, as PyTorch's cosine similarity has it in the published scores. */
const LEAST_NORM = 1e-6;

/** Cosine of two vectors, -1 to 1. A vector of zeros gives 0. @throws RangeError when their lengths differ. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`vectors of ${a.length} and ${b.length} numbers`);
  return dot(a, b) / (Math.max(LEAST_NORM, Math.sqrt(dot(a, a))) * Math.max(LEAST_NORM, Math.sqrt(dot(b, b))));
}

/** Cosines of all pairs: one row per row of `a`, one column per row of `b`. */
export function cosines(a: Matrix, b: Matrix): Matrix {
  const values = new Float64Array(a.rows * b.rows);
  const lengths = Array.from({ length: b.rows }, (_, row) =>
    Math.max(LEAST_NORM, Math.sqrt(dot(rowOf(b, row), rowOf(b, row)))),
  );
  for (let i = 0; i < a.rows; i += 1) {
    const left = rowOf(a, i);
    const length = Math.max(LEAST_NORM, Math.sqrt(dot(left, left)));
    for (let j = 0; j < b.rows; j += 1) values[i * b.rows + j] = dot(left, rowOf(b, j)) / (length * (lengths[j] ?? 1));
  }
  return { rows: a.rows, columns: b.rows, values };
}

/** Probabilities of the classes of a zero-shot classifier: softmax of scale × cosine. CLIP's scale is 100. */
export function zeroShot(sample: ArrayLike<number>, classes: Matrix, scale = 100): number[] {
  const logits = Array.from({ length: classes.rows }, (_, row) => scale * cosine(sample, rowOf(classes, row)));
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
