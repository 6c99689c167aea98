import type { Tensor } from 'onnxruntime-node';
import { elementsIn, type Finish } from '../model-spec.js';
import { decodeCenternet } from './centernet.js';
import { BOX_NUMBERS } from './suppress.js';
import { decodeYolox } from './yolox.js';

/**
 * The values of an output with one row per item.
 * @throws Error for another number of rows: then it is unknown which row belongs to which item
 */
export function floatsOf(
  tensor: Tensor | undefined,
  name: string,
  items: number,
): { readonly data: Float32Array; readonly dims: readonly number[] } {
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`output ${name} is not float32`);
  const { data, dims } = tensor;
  if (dims[0] !== items) throw new Error(`output ${name} is [${dims.join(', ')}] for a batch of ${items}`);
  return { data, dims };
}

/** Applies `finish` to an output. The result is a copy: the runtime reuses the memory of the output in its next run. */
export function finishRows(
  finish: Finish,
  data: Float32Array,
  dims: readonly number[],
  count: number,
): { data: Float32Array; dims: readonly number[] } {
  if (finish.kind === 'yolox' || finish.kind === 'centernet') {
    const size = elementsIn(dims.slice(1));
    const row = finish.maxBoxes * BOX_NUMBERS;
    const boxes = new Float32Array(count * row);
    for (let item = 0; item < count; item++) {
      const raw = data.subarray(item * size, (item + 1) * size);
      const found = boxes.subarray(item * row, (item + 1) * row);
      if (finish.kind === 'yolox') decodeYolox(raw, dims[2] ?? 0, finish, found);
      else decodeCenternet(raw, dims[3] ?? 0, finish, found);
    }
    return { data: boxes, dims: [finish.maxBoxes, BOX_NUMBERS] };
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
