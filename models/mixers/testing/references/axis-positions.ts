import { at, normalised, sum, timesMatrix, type Rows } from './row-arithmetic.js';
import { coordinatesOf } from './lrpe.js';
import type { ReferenceContext } from '../reference-layer.js';

/**
 * MD-TPE (methods.md B.4): along each axis `y_i = Σ_j q k λ^{|i-j|} x_j` over the steps that share all other coordinates. A
 * causal network sums up to j = i; a bidirectional one sums all j and counts the present step twice. The results of the axes
 * are summed, normalised, projected and added to x.
 */
export function axisPositionsReference(x: Rows, context: ReferenceContext, axes: readonly number[]): Rows {
  const { width, heads, length, weights } = context;
  const total = new Float64Array(x.length);
  axes.forEach((size, axis) => {
    const own = (name: string): Rows => weights(`tpe/axis-${axis}/${name}`);
    const stride = axes.slice(axis + 1).reduce((product, inner) => product * inner, 1);
    for (let first = 0; first < length; first++) {
      if (coordinatesOf(first, axes)[axis] !== 0) continue;
      for (let c = 0; c < width; c++) {
        const head = Math.floor((c * heads) / width);
        const scale = at(own('query'), head) * at(own('key'), head);
        const keep = 1 / (1 + Math.exp(-at(own('decay'), head)));
        const index = (i: number): number => (first + i * stride) * width + c;
        const line = Float64Array.from({ length: size }, (_, i) => at(x, index(i)));
        alongLine(line, keep, context).forEach((value, i) => (total[index(i)] = at(total, index(i)) + scale * value));
      }
    }
  });
  return sum(x, timesMatrix(normalised(total, width), weights('tpe/out/weight'), width));
}

/** `Σ_j keep^{|i-j|} x_j`, by sums or step by step with one number as the state. */
function alongLine(line: Rows, keep: number, { direction, by }: ReferenceContext): Rows {
  const oneWay = (from: Rows): Rows => {
    if (by === 'steps') {
      let memory = 0;
      return from.map((value) => (memory = keep * memory + value));
    }
    const powers = from.map((_, lag) => keep ** lag);
    return from.map((_, i) => {
      let total = 0;
      for (let j = 0; j <= i; j++) total += at(powers, i - j) * at(from, j);
      return total;
    });
  };
  const forward = oneWay(line);
  return direction === 'causal' ? forward : sum(forward, oneWay(line.toReversed()).reverse());
}
