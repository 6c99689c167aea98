import { rowOf, type Matrix } from '../embeddings/cosine.js';
import { requireSamples } from './frechet.js';

export interface NeighbourScores {
  /** Share of generated samples that lie in a ball around some real sample: fidelity, 0 to 1, higher is better. */
  readonly precision: number;
  /** Share of real samples that lie in a ball around some generated sample: variety, 0 to 1, higher is better. */
  readonly recall: number;
  /** Mean number of real balls around a generated sample, divided by k: 0 and up, about 1 for equal distributions. */
  readonly density: number;
  /** Share of real samples whose ball holds a generated sample: 0 to 1, higher is better. */
  readonly coverage: number;
  readonly neighbours: number;
}

/**
 * Precision and recall (Kynkäänniemi et al., 2019), density and coverage (Naeem et al., 2020). The ball around a sample
 * reaches to its k-th nearest neighbour in its own set. Time grows with the product of the rows; memory holds one row of
 * distances.
 */
export function neighbourScores(generated: Matrix, real: Matrix, neighbours = 5): NeighbourScores {
  requireSamples(generated.rows, real.rows);
  const k = Math.min(neighbours, generated.rows - 1, real.rows - 1);
  const realRadii = radiiOf(real, k);
  const generatedRadii = radiiOf(generated, k);
  const isRecalled = new Uint8Array(real.rows);
  const isCovered = new Uint8Array(real.rows);
  let precise = 0;
  let balls = 0;
  for (let i = 0; i < generated.rows; i += 1) {
    let inside = 0;
    for (let j = 0; j < real.rows; j += 1) {
      const distance = squaredDistance(generated, i, real, j);
      if (distance < (realRadii[j] ?? 0)) {
        inside += 1;
        isCovered[j] = 1;
      }
      if (distance < (generatedRadii[i] ?? 0)) isRecalled[j] = 1;
    }
    precise += Number(inside > 0);
    balls += inside;
  }
  const share = (marks: Uint8Array): number => marks.reduce((sum, mark) => sum + mark, 0) / real.rows;
  return {
    precision: precise / generated.rows,
    recall: share(isRecalled),
    density: balls / (k * generated.rows),
    coverage: share(isCovered),
    neighbours: k,
  };
}

/** Squared distance of each row to its k-th nearest other row. */
function radiiOf(matrix: Matrix, k: number): Float64Array {
  const distances = new Float64Array(matrix.rows);
  return Float64Array.from({ length: matrix.rows }, (_, i) => {
    for (let j = 0; j < matrix.rows; j += 1) distances[j] = i === j ? 0 : squaredDistance(matrix, i, matrix, j);
    // Entry 0 is the row itself.
    return Float64Array.from(distances).sort()[k] ?? 0;
  });
}

function squaredDistance(a: Matrix, i: number, b: Matrix, j: number): number {
  const left = rowOf(a, i);
  const right = rowOf(b, j);
  let sum = 0;
  for (let at = 0; at < left.length; at += 1) sum += ((left[at] ?? 0) - (right[at] ?? 0)) ** 2;
  return sum;
}
