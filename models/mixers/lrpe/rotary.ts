import { add, cast, concat, cos, mul, reshape, sin, slice, sub, type Tensor } from '../../graph/index.js';
import { parameter, withFloat32Parameters, type Carried, type CarriedType, type LayerContext } from '../layer.js';
import { anglesAlong } from './angles.js';

/** `10000^{-2i/d}`: the frequencies of RoPE, which are the initial values of learned frequencies. */
export function defaultFrequencies(count: number, width: number = 2 * count): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => 10000 ** ((-2 * i) / width));
}

/** Cosine and sine of position · θ for every step, head and channel pair. */
export interface AngleTables {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/**
 * Tables [T, H, d/2] for rotary LRPE with learned θ (methods.md B.9, type 1). θ and angles are float32 in every network: at
 * step 4,096 half an ulp of float16 is a quarter of a turn. A carried `position` is the position of the first step.
 */
export function rotaryTables(context: LayerContext, length: number, keyWidth: number, carried?: Carried): AngleTables {
  const { heads, dtype } = context;
  const half = keyWidth / 2;
  const frequencies = defaultFrequencies(half, keyWidth);
  const theta = parameter(withFloat32Parameters(context), 'theta', [heads, half], {
    kind: 'values',
    values: (index) => frequencies[index % half] ?? Number.NaN,
  });
  const angles = anglesAlong(length, theta, carried?.['position']);
  return { cos: cast(cos(angles), dtype), sin: cast(sin(angles), dtype) };
}

/** Rotates channels i and i + d/2 of every head as a pair. x [B, T, H·d]. */
export function applyRotary(x: Tensor, heads: number, tables: AngleTables): Tensor {
  const [batch = 1, length = 1, width = 1] = x.shape;
  const half = Number(width) / heads / 2;
  const pairs = reshape(x, [batch, length, heads, 2 * half]);
  const a = slice(pairs, -1, 0, half);
  const b = slice(pairs, -1, half);
  const turned = concat([sub(mul(a, tables.cos), mul(b, tables.sin)), add(mul(b, tables.cos), mul(a, tables.sin))], -1);
  return reshape(turned, x.shape);
}

/** Type of the position that layers with rotary encoding carry beside their memory. */
export const POSITION_TYPE: CarriedType = { dtype: 'float32', shape: [1] };

/** The position at which the next part of the sequence begins. */
export function nextPosition(context: LayerContext, length: number, carried?: Carried): Carried {
  const steps = context.graph.constant('float32', [1], [length]);
  const start = carried?.['position'];
  return { position: start === undefined ? steps : add(start, steps) };
}
