import { at, perHead, columns, type Rows } from './row-arithmetic.js';
import type { ReferenceContext } from '../reference-layer.js';
import { channelsOfAxis } from '../../lrpe/cosine.js';
import { applyPhase } from './unitary.js';

/** Every head's channels turned by position · θ, θ [H, d/2] of the layer. */
export function turnReference(rows: Rows, { heads, length, weights }: ReferenceContext): Rows {
  const width = rows.length / length / heads;
  const theta = weights('theta');
  return perHead(heads, length, (head) => {
    const own = columns(rows, heads * width, head * width, (head + 1) * width);
    const frequencies = theta.subarray((head * width) / 2, ((head + 1) * width) / 2);
    const out = new Float64Array(own.length);
    for (let t = 0; t < length; t++)
      out.set(applyPhase(own.subarray(t * width, (t + 1) * width), t, 'rotary', frequencies), t * width);
    return out;
  });
}

/**
 * MD-LRPE (methods.md B.4): `[x cos Θ, x sin Θ]` a head, where channel c's angle is the step's coordinate on the axis c
 * belongs to, times its θ; the axes share the channels in order. [T, H·d] to [T, H·2d].
 */
export function widenReference(
  rows: Rows,
  { heads, length, weights }: ReferenceContext,
  axes: readonly number[],
): Rows {
  const width = rows.length / length / heads;
  const theta = weights('theta');
  return perHead(heads, length, (head) => {
    const out = new Float64Array(length * 2 * width);
    for (let t = 0; t < length; t++) {
      const coordinates = coordinatesOf(t, axes);
      for (let c = 0; c < width; c++) {
        const axis = axes.findIndex((_, index) => c < channelsOfAxis(index, axes.length, width)[1]);
        const angle = (coordinates[axis] ?? Number.NaN) * at(theta, head * width + c);
        const value = at(rows, t * heads * width + head * width + c);
        out[t * 2 * width + c] = value * Math.cos(angle);
        out[t * 2 * width + width + c] = value * Math.sin(angle);
      }
    }
    return out;
  });
}

/** Where step t of a sequence flattened from `axes`, slowest first, lies on each of them. */
export function coordinatesOf(t: number, axes: readonly number[]): readonly number[] {
  let rest = t;
  return axes
    .toReversed()
    .map((size) => {
      const coordinate = rest % size;
      rest = Math.floor(rest / size);
      return coordinate;
    })
    .reverse();
}
