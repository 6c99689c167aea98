import { add, cast, mul, neg, reduceSum, sigmoid, silu, slice, softmax, sub, type Tensor } from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import { rmsNorm } from '../blocks/norm.js';
import { parameter, type MixerLayer, type LayerContext } from '../layer.js';
import { memoryType, layerRecurrence } from '../recurrence/layer-memory.js';
import { logOneMinus } from '../recurrence/decay.js';

/** Steps that the fastest and the slowest channel of a head remember before training. */
export type Memories = readonly [fastest: number, slowest: number];

/** With segments of one second: from seconds to hours. Chosen in docs/decisions/0049. */
const FIRST_MEMORIES: Memories = [4, 8192];

/** Vector decay with a tied key: each channel writes exactly the share that it forgets (methods.md B.6). */
export const hgrn2Layer: MixerLayer = hgrn2(FIRST_MEMORIES);

export function hgrn2(firstMemories: Memories): MixerLayer {
  return {
    declaration: {
      name: 'hgrn2',
      title: 'HGRN2',
      expand: { formula: '1 - f_t', dataDependent: true },
      oscillate: { formula: 'f_t = lb + (1 - lb)·σ(x W_f)', dataDependent: true },
      shrink: { formula: 'output gate q_t', dataDependent: true },
      direction: 'either',
      multiAxis: false,
      state: 'd·e',
      cost: 'n·d·e + n·C·d',
      source: 'B.6',
    },
    channelMixer: 'glu',
    mix: (x, context, carried) => {
      const { width, heads } = context;
      const q = silu(linear(x, context, 'query', width));
      const v = silu(linear(x, context, 'value', width));
      // float32 inside, because float16 has no number between 0.9995 (a memory of 2,000 steps) and 1 (an endless memory).
      const gate = cast(add(linear(x, context, 'forget', width), forgetBias(context, firstMemories)), 'float32');
      const lower = cast(lowerBound(context), 'float32');
      const open = sub(1, lower);
      const forget = add(lower, mul(open, sigmoid(gate)));
      // 1 - f as a product of positive factors, which stays exact where f rounds to 1.
      const written = mul(open, sigmoid(neg(gate)));
      const decay = { kind: 'vector', logs: logOneMinus(written, forget) } as const;
      const mixed = layerRecurrence({ q, k: cast(written, context.dtype), v, heads, decay }, context, carried);
      return {
        output: linear(rmsNorm(cast(mixed.output, context.dtype), context, 'norm'), context, 'out', width),
        carried: mixed.carried,
      };
    },
    carriedTypes: (context, batch) => ({ memory: memoryType(context, batch) }),
  };
}

/**
 * Initial biases that spread the memories over the channels of a head (the chrono initialisation of Tallec and Ollivier).
 * With half-open gates no gradient would reach 100 steps back.
 */
function forgetBias(context: LayerContext, [fastest, slowest]: Memories): Tensor {
  const perHead = context.width / context.heads;
  const values = (index: number): number =>
    Math.log(fastest * (slowest / fastest) ** (((index % perHead) + 0.5) / perHead) - 1);
  return parameter(context, 'forget-bias', [context.width], { kind: 'values', values });
}

/**
 * Lower bound of the layer's forget gates, [D]: `cumsum(softmax over layers of Γ)_l - P_0`. It is 0 in the first layer and
 * grows with depth. Γ [L, D] is learned once for the whole network.
 */
function lowerBound(context: LayerContext): Tensor {
  const { layer, layers, width, shared } = context;
  const shares =
    shared.get('hgrn2/shares') ??
    softmax(parameter(context, 'lower-bounds', [layers, width], { kind: 'normal', deviation: 0.02 }), 0);
  shared.set('hgrn2/shares', shares);
  if (layer === 0) return mul(reduceSum(slice(shares, 0, 0, 1), { axes: [0] }), 0);
  return reduceSum(slice(shares, 0, 1, layer + 1), { axes: [0] });
}
