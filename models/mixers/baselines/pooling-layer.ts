import { add, cast, cumSum, div, max, mul, reduceSum, slice, type Tensor } from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import type { MixerLayer, LayerContext } from '../layer.js';
import { nextPosition, POSITION_TYPE } from '../lrpe/rotary.js';

/** The simplest token mixer (PoolFormer): the mean of all steps so far, or of all steps. */
export const averagePoolingLayer: MixerLayer = {
  declaration: {
    name: 'average-pooling',
    title: 'Average pooling (baseline)',
    expand: { formula: '1/t', dataDependent: false },
    oscillate: { formula: '(t - 1)/t', dataDependent: false },
    shrink: { formula: '1', dataDependent: false },
    direction: 'either',
    multiAxis: true,
    state: 'e',
    cost: 'n·e',
    source: 'F (PoolFormer)',
  },
  channelMixer: 'glu',
  mix: (x, context, carried) => {
    const { graph, dtype, width, direction } = context;
    const length = Number(x.shape[1]);
    const v = linear(x, context, 'value', width);
    const out = (mean: Tensor): Tensor => linear(mean, context, 'out', width);
    if (direction === 'bidirectional')
      return { output: out(add(mul(v, 0), cast(meanOf(cast(v, 'float32'), context, length), dtype))), carried: {} };
    // float32, because float16 cannot represent every integer above 2,048 and loses the last terms of a long sum.
    const running = cumSum(cast(v, 'float32'), 1);
    const before = carried?.['sum'];
    const sum = before === undefined ? running : add(running, before);
    const counts = graph.constant(
      'float32',
      [length, 1],
      Float32Array.from({ length }, (_, t) => t + 1),
    );
    const start = carried?.['position'];
    const seen = start === undefined ? counts : add(counts, start);
    return {
      output: out(cast(div(sum, seen), dtype)),
      carried: { sum: slice(sum, 1, length - 1), ...nextPosition(context, length, carried) },
    };
  },
  carriedTypes: (context, batch) => ({
    sum: { dtype: 'float32', shape: [batch, 1, context.width] },
    position: POSITION_TYPE,
  }),
};

function meanOf(v: Tensor, { mask }: LayerContext, length: number): Tensor {
  if (mask === undefined) return mul(reduceSum(v, { axes: [1], keep: true }), 1 / length);
  // The mean of a row that is all padding is zero. A NaN would also destroy the gradients of the other rows.
  const shown = cast(mask, 'float32');
  const seen = max(reduceSum(shown, { axes: [1], keep: true }), 1);
  return div(reduceSum(mul(v, shown), { axes: [1], keep: true }), seen);
}
