import type { Matrix } from '../embeddings/cosine.js';

/** Where the Gaussian is cut off, in standard deviations. */
const REACH = 4;

/** Smooths every column with a Gaussian along the rows; the ends are mirrored. @param sigma in rows */
export function smoothRows({ rows, columns, values }: Matrix, sigma: number): Matrix {
  const radius = Math.round(REACH * sigma);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, at) =>
    Math.exp(-((at - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1)
    for (const [at, weight] of weights.entries()) {
      const from = mirrored(row + at - radius, rows) * columns;
      for (let column = 0; column < columns; column += 1)
        result[row * columns + column] =
          (result[row * columns + column] ?? 0) + (weight / sum) * (values[from + column] ?? 0);
    }
  return { rows, columns, values: result };
}

/** Leaves out rows at both ends. */
export function trimRows({ rows, columns, values }: Matrix, count: number): Matrix {
  const kept = Math.max(0, rows - 2 * count);
  return { rows: kept, columns, values: values.subarray(count * columns, (count + kept) * columns) };
}

export function everySecondRow({ rows, columns, values }: Matrix): Matrix {
  const kept = Math.ceil(rows / 2);
  const result = new Float64Array(kept * columns);
  for (let row = 0; row < kept; row += 1)
    result.set(values.subarray(2 * row * columns, (2 * row + 1) * columns), row * columns);
  return { rows: kept, columns, values: result };
}

/** … 1 0 | 0 1 2 … n-1 | n-1 n-2 …, also for a reach beyond several lengths. */
function mirrored(row: number, rows: number): number {
  const period = 2 * rows;
  const at = ((row % period) + period) % period;
  return at < rows ? at : period - 1 - at;
}
