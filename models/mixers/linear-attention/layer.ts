import { cast, matmul, mul, reshape, silu, transpose, type Tensor } from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import { simpleRmsNorm } from '../blocks/norm.js';
import type { Carried, Mixed, MixerLayer, LayerContext } from '../layer.js';
import { nextPosition, POSITION_TYPE, rotaryTables, applyRotary } from '../lrpe/rotary.js';
import { masked, memoryType, layerRecurrence } from '../recurrence/layer-memory.js';

/** Linear attention without decay: every step reads all steps so far, or all steps. The order comes from rotary LRPE. */
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
  mix: (x, context, carried) => {
    const { width, heads } = context;
    const length = Number(x.shape[1]);
    const tables = rotaryTables(context, length, width / heads, carried);
    const mixed = gatedLinearAttention(x, context, (rows) => applyRotary(rows, heads, tables), carried);
    return { ...mixed, carried: { ...mixed.carried, ...nextPosition(context, length, carried) } };
  },
  carriedTypes: (context, batch) => ({ memory: memoryType(context, batch), position: POSITION_TYPE }),
};

/**
 * Linear attention without decay and with an output gate.
 * @param encode applies the position encoding to queries and keys
 */
export function gatedLinearAttention(
  x: Tensor,
  context: LayerContext,
  encode: (rows: Tensor) => Tensor,
  carried?: Carried,
): Mixed {
  const { width, heads } = context;
  const q = encode(silu(linear(x, context, 'query', width)));
  const k = encode(silu(linear(x, context, 'key', width)));
  const v = linear(x, context, 'value', width);
  const gate = linear(x, context, 'gate', width);
  const mixed =
    context.direction === 'bidirectional'
      ? { output: nonCausalLinearAttention(wide(q), wide(masked(k, context)), wide(v), heads), carried: {} }
      : layerRecurrence({ q, k, v, heads, decay: { kind: 'none' } }, context, carried);
  const normal = cast(simpleRmsNorm(mixed.output), context.dtype);
  return { ...mixed, output: linear(mul(normal, gate), context, 'out', width) };
}

/** Casts to float32 as the recurrence does, because a sum over a long sequence overflows float16. */
function wide(x: Tensor): Tensor {
  return cast(x, 'float32');
}

/** `O = Q (K^T V)`: every step reads the whole sequence. */
export function nonCausalLinearAttention(q: Tensor, k: Tensor, v: Tensor, heads: number): Tensor {
  const [batch = 1, length = 1] = q.shape;
  const split = (x: Tensor, order: readonly number[]): Tensor =>
    transpose(reshape(x, [batch, length, heads, Number(x.shape[2]) / heads]), order);
  const pooled = matmul(split(k, [0, 2, 3, 1]), split(v, [0, 2, 1, 3]));
  return reshape(transpose(matmul(split(q, [0, 2, 1, 3]), pooled), [0, 2, 1, 3]), v.shape);
}
