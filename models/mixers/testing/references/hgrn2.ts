import { at, normalised, siluOf, timesMatrix } from './row-arithmetic.js';
import { layerRecurrenceReference } from './recurrence.js';
import type { ReferenceLayer, ReferenceContext } from '../reference-layer.js';

/** `f = lb + (1 - lb) σ(x W_f + b)`, the key 1 - f, the decay f (methods.md B.6). */
export const hgrn2Reference: ReferenceLayer = (x, context) => {
  const { width, weights } = context;
  const through = (name: string): Float64Array => timesMatrix(x, weights(`${name}/weight`), width);
  const bias = weights('forget-bias');
  const lower = lowerBoundReference(context);
  const gate = through('forget').map((value, i) => value + at(bias, i % width));
  const open = (i: number): number => 1 - at(lower, i % width);
  const k = gate.map((value, i) => open(i) / (1 + Math.exp(value)));
  const logDecay = gate.map((value, i) => Math.log(at(lower, i % width) + open(i) / (1 + Math.exp(-value))));
  const memory = layerRecurrenceReference(
    { q: siluOf(through('query')), k, v: siluOf(through('value')), logDecay },
    context,
  );
  return timesMatrix(normalised(memory, width, weights('norm/scale')), weights('out/weight'), width);
};

/** `cumsum(softmax over layers of Γ)_l - P_0`, [D]. */
function lowerBoundReference({ layer, layers, width, weights }: ReferenceContext): Float64Array {
  const gamma = weights('lower-bounds');
  return Float64Array.from({ length: width }, (_, c) => {
    const shares = Array.from({ length: layers }, (_unused, l) => Math.exp(at(gamma, l * width + c)));
    const total = shares.reduce((a, b) => a + b, 0);
    return shares.slice(1, layer + 1).reduce((a, b) => a + b, 0) / total;
  });
}
