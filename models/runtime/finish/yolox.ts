import type { Finish } from '../model-spec.js';
import { writeSuppressed, type Candidate } from './suppress.js';

type YoloxFinish = Extract<Finish, { kind: 'yolox' }>;

/**
 * Decodes the raw grid of YOLOX to boxes, after greedy suppression within each class. `grid`: [cells, 5 + classes], the
 * cells of each stride row by row; centre = (xy + cell) × stride, size = exp(wh) × stride, score = objectness × class
 * (Ge et al., arXiv 2107.08430). `boxes`: [maxBoxes, 6] of class, score, x, y, width, height in pixels of the network's
 * input, the best first; unused rows have score 0.
 */
export function decodeYolox(grid: Float32Array, columns: number, finish: YoloxFinish, boxes: Float32Array): void {
  writeSuppressed(candidates(grid, columns, finish), finish, boxes);
}

function candidates(grid: Float32Array, columns: number, { size, strides, minScore }: YoloxFinish): Candidate[] {
  const found: Candidate[] = [];
  const at = (index: number): number => grid[index] ?? 0;
  let row = 0;
  for (const stride of strides) {
    const side = size / stride;
    for (let cell = 0; cell < side * side; cell++, row += columns) {
      const objectness = at(row + 4);
      // The score is a product with a factor of at most one, so it cannot reach a threshold that the objectness misses.
      if (objectness < minScore) continue;
      let label = 0;
      for (let index = 1; index < columns - 5; index++) if (at(row + 5 + index) > at(row + 5 + label)) label = index;
      const score = objectness * at(row + 5 + label);
      if (score < minScore) continue;
      const width = Math.exp(at(row + 2)) * stride;
      const height = Math.exp(at(row + 3)) * stride;
      const x = (at(row) + (cell % side)) * stride - width / 2;
      const y = (at(row + 1) + Math.floor(cell / side)) * stride - height / 2;
      found.push({ label, score, x, y, width, height });
    }
  }
  return found;
}
