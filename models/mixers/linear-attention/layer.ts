import { cast, matmul, mul, reshape, silu, transpose, type Tensor } from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import { simpleRmsNorm } from '../blocks/norm.js';
import type { Carried, Mixed, MixerLayer, LayerContext } from '../layer.js';
import { nextPosition, POSITION_TYPE, rotaryTurns, turn } from '../lrpe/rotary.js';
import { masked, memoryType, remember } from '../recurrence/layer-memory.js';

/** No decay: every step reads all steps so far, or all steps in one pass. Order comes from rotary LRPE. */
export const linearAttentionLayer: MixerLayer = {
  declaration: {
    name: 'linear-attention',
    title: 'Linear attention',
    expand: { formula: 'k_t', dataDependent: true },
    oscillate: { formula: '1', dataDependent: false },
    shrink: { formula: 'q_t', dataDependent: true },
    direction: 'either',
    multiAxis: true,
    state: 'd·e',
    cost: 'n·d·e',
    source: 'B.1, B.5',
  },
  channelMixer: 'sglu',
  mix: (x, place, carried) => {
    const { width, heads } = place;
    const length = Number(x.shape[1]);
    const turns = rotaryTurns(place, length, width / heads, carried);
    const mixed = attend(x, place, (rows) => turn(rows, heads, turns), carried);
    return { ...mixed, carried: { ...mixed.carried, ...nextPosition(place, length, carried) } };
  },
  carriedTypes: (place, batch) => ({ memory: memoryType(place, batch), position: POSITION_TYPE }),
};

/** Gated, without decay; `encode` puts queries and keys in their places. */
export function attend(x: Tensor, place: LayerContext, encode: (rows: Tensor) => Tensor, carried?: Carried): Mixed {
  const { width, heads } = place;
  const q = encode(silu(linear(x, place, 'query', width)));
  const k = encode(silu(linear(x, place, 'key', width)));
  const v = linear(x, place, 'value', width);
  const gate = linear(x, place, 'gate', width);
  const mixed =
    place.direction === 'bidirectional'
      ? { output: onePass(wide(q), wide(masked(k, place)), wide(v), heads), carried: {} }
      : remember({ q, k, v, heads, decay: { kind: 'none' } }, place, carried);
  const normal = cast(simpleRmsNorm(mixed.output), place.dtype);
  return { ...mixed, output: linear(mul(normal, gate), place, 'out', width) };
}

/** As in the recurrence: the sum over a long sequence is past what float16 holds. */
function wide(x: Tensor): Tensor {
  return cast(x, 'float32');
}

/** `O = Q (K^T V)`: every step reads the whole sequence. */
export function onePass(q: Tensor, k: Tensor, v: Tensor, heads: number): Tensor {
  const [batch = 1, length = 1] = q.shape;
  const split = (x: Tensor, order: readonly number[]): Tensor =>
    transpose(reshape(x, [batch, length, heads, Number(x.shape[2]) / heads]), order);
  const pooled = matmul(split(k, [0, 2, 3, 1]), split(v, [0, 2, 1, 3]));
  return reshape(transpose(matmul(split(q, [0, 2, 1, 3]), pooled), [0, 2, 1, 3]), v.shape);
}
