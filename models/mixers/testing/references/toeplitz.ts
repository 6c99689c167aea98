import { POSITION_SCALE, POSITION_WIDTH, TOEPLITZ_GAMMA } from '../../toeplitz/layer.js';
import type { ReferenceLayer, ReferenceContext } from '../reference-layer.js';
import { convertToEtsc, createEtscState, stepEtsc } from './etsc.js';
import { columns, normalised, perHead, product, siluOf, timesMatrix, type Rows } from './row-arithmetic.js';

/** `(silu(x W_u) ∘ norm(Toep(silu(x W_v)))) W_o` (methods.md B.7); its step form is ETSC, which is causal only. */
export const tnnReference: ReferenceLayer = (x, context) => {
  const { width, length, direction, weights } = context;
  const v = siluOf(timesMatrix(x, weights('value/weight'), width));
  const kernel = kernelReference(context);
  const lags = 2 * length - 1;
  const mixed = perHead(width, length, (channel) => {
    const [lag, signal] = [columns(kernel, width, channel, channel + 1), columns(v, width, channel, channel + 1)];
    const damped = lag.map((value, i) => value * TOEPLITZ_GAMMA ** Math.abs(i - (length - 1)));
    if (context.by === 'definition' || direction === 'bidirectional')
      return toeplitzReference(damped, signal, direction === 'causal');
    const system = convertToEtsc(lag.subarray(length - 1, lags), TOEPLITZ_GAMMA);
    const state = createEtscState(system);
    return signal.map((value) => stepEtsc(system, state, value));
  });
  const gate = siluOf(timesMatrix(x, weights('gate/weight'), width));
  return timesMatrix(product(gate, normalised(mixed, width)), weights('out/weight'), width);
};

/** Lags -(T-1) to T-1 of every channel before damping, [2T - 1, D]. */
function kernelReference({ length, weights }: ReferenceContext): Rows {
  const own = (name: string): Rows => weights(`positions/${name}`);
  const layer = (from: Rows, name: string, width: number): Rows =>
    timesMatrix(from, own(`${name}/weight`), width, own(`${name}/bias`));
  const positions = Float64Array.from({ length: 2 * length - 1 }, (_, i) => (i - length + 1) / POSITION_SCALE);
  let hidden = layer(positions, 'in', 1);
  for (let round = 0; round < 3; round++)
    hidden = layer(siluOf(normalised(hidden, POSITION_WIDTH)), `hidden-${round}`, POSITION_WIDTH);
  return layer(siluOf(normalised(hidden, POSITION_WIDTH)), 'out', POSITION_WIDTH);
}

/**
 * TNN's token mixer for one channel (methods.md B.7): `y_i = Σ_j t_{i-j} x_j`. `kernel` holds lags -(n-1)..n-1 (2n-1
 * numbers); the causal product reads lags 0..n-1 only.
 */
export function toeplitzReference(kernel: Float64Array, x: Float64Array, causal: boolean): Float64Array {
  const n = x.length;
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < (causal ? i + 1 : n); j++)
      y[i] = (y[i] ?? Number.NaN) + (kernel[i - j + n - 1] ?? Number.NaN) * (x[j] ?? Number.NaN);
  return y;
}
