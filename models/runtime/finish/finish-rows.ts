import { elementsIn, type Finish } from '../model-spec.js';
import { decodeYolox } from './yolox.js';

/** The first output as the caller wants it; never a view of the runtime's memory, which is gone after the next run. */
export function finishRows(
  finish: Finish,
  data: Float32Array,
  dims: readonly number[],
  count: number,
): { data: Float32Array; dims: readonly number[] } {
  if (finish.kind === 'yolox') {
    const cells = dims[1] ?? 0;
    const columns = dims[2] ?? 0;
    const boxes = new Float32Array(count * finish.maxBoxes * 6);
    for (let item = 0; item < count; item++) {
      const grid = data.subarray(item * cells * columns, (item + 1) * cells * columns);
      decodeYolox(grid, columns, finish, boxes.subarray(item * finish.maxBoxes * 6, (item + 1) * finish.maxBoxes * 6));
    }
    return { data: boxes, dims: [finish.maxBoxes, 6] };
  }
  const rows = Float32Array.from(data);
  const width = elementsIn(dims.slice(1));
  for (let row = 0; row < count; row++) finishRow(finish.kind, rows.subarray(row * width, (row + 1) * width));
  return { data: rows, dims: dims.slice(1) };
}

function finishRow(kind: 'none' | 'sigmoid' | 'softmax' | 'l2', row: Float32Array): void {
  if (kind === 'sigmoid') row.forEach((value, index) => (row[index] = 1 / (1 + Math.exp(-value))));
  if (kind === 'softmax') {
    const top = row.reduce((max, value) => Math.max(max, value), -Infinity);
    let sum = 0;
    row.forEach((value, index) => (sum += row[index] = Math.exp(value - top)));
    row.forEach((value, index) => (row[index] = value / sum));
  }
  if (kind === 'l2') {
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    // A zero vector has no direction and stays zero, so that every cosine with it is 0.
    if (length > 0) row.forEach((value, index) => (row[index] = value / length));
  }
}
