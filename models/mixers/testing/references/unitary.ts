import type { Basis, Phase } from '../../lrpe/encode.js';

/**
 * LRPE (methods.md B.9): a relative position encoding for linear attention is a unitary family `W_s = P^H Λ(s) P` with
 * `W_s^H W_t = W_{t-s}`, applied to q and k after the feature map. Here: the choices of Λ and of P on one row.
 */

/**
 * Λ(position) on one row.
 * - `rotary`: channels i and i + d/2 turn by position·θ_i (half-split pairing);
 * - `mixed`: the first half of the channels turns, the second stays;
 * - `permutation`: the channels move round by `position` places: the powers of one cyclic permutation;
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

/** P on one row: orthogonal, the same at every position. `householder` reflects across the plane normal to `normal`. */
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
