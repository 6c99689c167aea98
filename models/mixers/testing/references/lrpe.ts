import { channelsOfAxis } from '../../lrpe/cosine.js';
import type { Basis, Phase } from '../../lrpe/layer.js';
import type { ReferenceContext } from '../reference-layer.js';
import { at, columns, perHead, type Rows } from './row-arithmetic.js';

/** Rotates the channels of every head by position · θ, with the layer's θ [H, d/2]. */
export function rotaryReference(rows: Rows, { heads, length, weights }: ReferenceContext): Rows {
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
 * MD-LRPE (methods.md B.4): `[x cos Θ, x sin Θ]` for every head, [T, H·d] to [T, H·2d]. The angle of channel c is its θ times the
 * step's coordinate on the axis that c belongs to; the axes share the channels in order.
 */
export function cosineReference(
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

/** The coordinates of step t of a sequence that was flattened from `axes`, slowest first. */
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

/**
 * LRPE (methods.md B.9): a relative position encoding for linear attention is a unitary family `W_s = P^H Λ(s) P` with
 * `W_s^H W_t = W_{t-s}`, applied to q and k after the feature map. The functions below apply the choices of Λ and P to one row.
 */

/**
 * Λ(position) on one row.
 * - `rotary`: rotates channels i and i + d/2 by position·θ_i (half-split pairing);
 * - `mixed`: rotates the first half of the channels and leaves the second half;
 * - `permutation`: shifts the channels cyclically by `position`: the powers of one cyclic permutation;
 * - `cosine`: `[x cos sθ, x sin sθ]`, twice as wide; the dot product is `Σ q_i k_i cos((t-s)θ_i)`. The real part of the
 *   complex-exponential form (type 4) is exactly this.
 * @param theta d/2 frequencies (rotary), d/4 (mixed), d (cosine); unused by `permutation`.
 */
export function applyPhase(row: Float64Array, position: number, phase: Phase, theta: Float64Array): Float64Array {
  const d = row.length;
  switch (phase) {
    case 'rotary':
      return rotate(row, position, theta);
    case 'mixed': {
      const half = d / 2;
      const out = Float64Array.from(row);
      out.set(rotate(row.subarray(0, half), position, theta), 0);
      return out;
    }
    case 'permutation':
      return row.map((_, i) => row[(((i - position) % d) + d) % d] ?? Number.NaN);
    case 'cosine': {
      const out = new Float64Array(2 * d);
      row.forEach((x, i) => {
        out[i] = x * Math.cos(position * (theta[i] ?? Number.NaN));
        out[d + i] = x * Math.sin(position * (theta[i] ?? Number.NaN));
      });
      return out;
    }
  }
}

/** Applies P to one row. P is orthogonal and the same at every position; `householder` reflects at the plane normal to `normal`. */
export function applyBasis(row: Float64Array, basis: Basis, normal?: Float64Array): Float64Array {
  const d = row.length;
  switch (basis) {
    case 'identity':
      return row;
    case 'householder': {
      const v = normal ?? new Float64Array(d).fill(1);
      const along = 2 * (dot(row, v) / dot(v, v));
      return row.map((x, i) => x - along * (v[i] ?? Number.NaN));
    }
    case 'dct':
      return row.map((_, k) => {
        const scale = Math.sqrt((k === 0 ? 1 : 2) / d);
        return row.reduce((sum, x, i) => sum + scale * x * Math.cos((Math.PI * (2 * i + 1) * k) / (2 * d)), 0);
      });
  }
}

function rotate(row: Float64Array, position: number, theta: Float64Array): Float64Array {
  const half = row.length / 2;
  const out = new Float64Array(row.length);
  for (let i = 0; i < half; i++) {
    const angle = position * (theta[i] ?? Number.NaN);
    const a = row[i] ?? Number.NaN;
    const b = row[i + half] ?? Number.NaN;
    out[i] = a * Math.cos(angle) - b * Math.sin(angle);
    out[i + half] = b * Math.cos(angle) + a * Math.sin(angle);
  }
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] ?? Number.NaN), 0);
}
