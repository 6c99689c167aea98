import {
  add,
  cast,
  concat,
  div,
  matmul,
  mul,
  pad,
  reduceSum,
  relu,
  reshape,
  sigmoid,
  slice,
  transpose,
  type Tensor,
} from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import { simpleRmsNorm } from '../blocks/norm.js';
import { parameter, type MixerLayer, type LayerContext } from '../layer.js';
import { addAxisPositions } from '../lightnet/positions.js';
import { masked } from '../recurrence/layer-memory.js';

/** Keeps the denominator away from zero where the gates closed every feature (methods.md B.10 step 3). */
export const FIXATION_EPSILON = 1e-6;

/**
 * Linear attention over features that are gated by query, key and value together (methods.md B.10); keys and values are
 * mixed with those of the neighbouring steps. The sum does not depend on the order of the steps, so positions come from
 * MD-TPE in the first layer.
 */
export const featureFixationLayer: MixerLayer = {
  declaration: {
    name: 'feature-fixation',
    title: 'Feature fixation with neighbourhood association',
    expand: { formula: "σ(W_k [q'; k'; v]) ∘ k'", dataDependent: true },
    oscillate: { formula: '1', dataDependent: false },
    shrink: { formula: "σ(W_q [q'; k'; v]) ∘ q', over its own sum", dataDependent: true },
    direction: 'bidirectional',
    multiAxis: true,
    state: 'd·e + d',
    cost: 'n·d·e',
    source: 'B.10',
  },
  channelMixer: 'glu',
  mix: (x, context) => {
    const { width, layer } = context;
    const axes = context.axes ?? [Number(x.shape[1])];
    const features = layer === 0 ? addAxisPositions(x, context, axes).output : x;
    const q = linear(features, context, 'query', width);
    const k = mixNeighbours(masked(linear(features, context, 'key', width), context), context.heads);
    const v = mixNeighbours(masked(linear(features, context, 'value', width), context), context.heads);
    const perHead = width / context.heads;
    const weight = (name: string): Tensor =>
      parameter(context, name, [3 * perHead, perHead], { kind: 'normal', deviation: (3 * perHead) ** -0.5 });
    const mixed = fixedAttention(q, k, v, { query: weight('fix-query'), key: weight('fix-key') }, context);
    return { output: linear(simpleRmsNorm(mixed), context, 'out', width), carried: {} };
  },
};

/** Steps 1 to 3 of methods.md B.10. q, k, v [B, T, H·d]; the matrices of `fix` [3d, d] are shared by all heads. */
export function fixedAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  fix: { readonly query: Tensor; readonly key: Tensor },
  context: Pick<LayerContext, 'heads' | 'mask'>,
): Tensor {
  const { heads, mask } = context;
  const [batch = 1, length = 1, width = 1] = q.shape;
  const d = Number(width) / heads;
  const split = (x: Tensor): Tensor => transpose(reshape(x, [batch, length, heads, d]), [0, 2, 1, 3]);
  const positive = (x: Tensor): Tensor => add(relu(split(x)), d ** -0.5);
  const [queries, keys, values] = [positive(q), positive(k), split(v)];
  const all = concat([queries, keys, values], -1);
  const fixedQueries = mul(sigmoid(matmul(all, fix.query)), queries);
  const open = mul(sigmoid(matmul(all, fix.key)), keys);
  const fixedKeys = mask === undefined ? open : mul(open, reshape(mask, [batch, 1, length, 1]));
  // float32, because sums over a long sequence overflow float16 and their quotients can underflow it.
  const [wideQueries, wideKeys] = [cast(fixedQueries, 'float32'), cast(fixedKeys, 'float32')];
  const pooled = matmul(transpose(wideKeys, [0, 1, 3, 2]), cast(values, 'float32'));
  const norm = reduceSum(mul(wideQueries, reduceSum(wideKeys, { axes: [2], keep: true })), { axes: [-1], keep: true });
  const mixed = cast(div(matmul(wideQueries, pooled), add(norm, FIXATION_EPSILON)), q.dtype);
  return reshape(transpose(mixed, [0, 2, 1, 3]), [batch, length, width]);
}

/** Takes a quarter of each head's channels from the next step and a quarter from the previous one. */
export function mixNeighbours(x: Tensor, heads: number): Tensor {
  const [batch = 1, length = 1, width = 1] = x.shape;
  const d = Number(width) / heads;
  const share = Math.floor(d / 4);
  const perHead = reshape(x, [batch, length, heads, d]);
  const next = pad(slice(slice(perHead, 3, 0, share), 1, 1), 1, 0, 1);
  const previous = pad(slice(slice(perHead, 3, share, 2 * share), 1, 0, Number(length) - 1), 1, 1, 0);
  return reshape(concat([next, previous, slice(perHead, 3, 2 * share)], 3), x.shape);
}
