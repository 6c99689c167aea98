import { add, cast, concat, cos, mul, reshape, sin, slice, sub, type Tensor } from '../../graph/index.js';
import { defaultFrequencies } from './unitary.js';
import { parameter, type Carried, type CarriedType, type Place } from '../layer.js';

/** cos and sin of position·θ, [T, H, d/2] each. */
export interface Turns {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/**
 * Rotary LRPE with learned θ (methods.md B.9, type 1). Angles in float32 whatever the network's precision: float16 has
 * no whole numbers above 2,048. A carried `position` is that of the first step.
 */
export function rotaryTurns(place: Place, length: number, keyWidth: number, carried?: Carried): Turns {
  const { graph, heads, dtype } = place;
  const start = carried?.['position'];
  const half = keyWidth / 2;
  const frequencies = defaultFrequencies(half, keyWidth);
  const theta = parameter(place, 'theta', [heads, half], {
    kind: 'values',
    values: (index) => frequencies[index % half] ?? Number.NaN,
  });
  const steps = graph.constant(
    'float32',
    [length, 1, 1],
    Array.from({ length }, (_, t) => t),
  );
  const angles = mul(start === undefined ? steps : add(steps, start), cast(theta, 'float32'));
  return { cos: cast(cos(angles), dtype), sin: cast(sin(angles), dtype) };
}

/** Channels i and i + d/2 of every head turn together. x [B, T, H·d]. */
export function turn(x: Tensor, heads: number, turns: Turns): Tensor {
  const [batch = 1, length = 1, width = 1] = x.shape;
  const half = Number(width) / heads / 2;
  const pairs = reshape(x, [batch, length, heads, 2 * half]);
  const a = slice(pairs, -1, 0, half);
  const b = slice(pairs, -1, half);
  const turned = concat([sub(mul(a, turns.cos), mul(b, turns.sin)), add(mul(b, turns.cos), mul(a, turns.sin))], -1);
  return reshape(turned, x.shape);
}

/** Carried beside the memory by layers that turn by position. */
export const POSITION_TYPE: CarriedType = { dtype: 'float32', shape: [1] };

/** Where the next stretch begins. */
export function nextPosition(place: Place, length: number, carried?: Carried): Carried {
  const steps = place.graph.constant('float32', [1], [length]);
  const start = carried?.['position'];
  return { position: start === undefined ? steps : add(start, steps) };
}
