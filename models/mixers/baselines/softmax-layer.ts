import {
  add,
  concat,
  expand,
  matmul,
  mul,
  multiHeadAttention,
  reshape,
  slice,
  softmax,
  sub,
  transpose,
  type Tensor,
} from '../../graph/index.js';
import { linear } from '../blocks/linear.js';
import type { MixerDeclaration } from '../declaration.js';
import type { MixerLayer, LayerContext } from '../layer.js';
import { rotaryTables, applyRotary } from '../lrpe/rotary.js';

/** Score of masked steps: its exponential is 0 in float32, and float16 can represent it. */
const HIDDEN = -1e4;

/** Largest number of queries in a block: a block needs no product with keys that none of its queries may see. */
const QUERIES_A_BLOCK = 1024;

/** Largest number of scores in a block (1 GiB in float32), because a GPU cannot bind much larger buffers. */
const SCORES_A_BLOCK = 2 ** 28;

export const softmaxAttentionDeclaration: MixerDeclaration = {
  name: 'softmax-attention',
  title: 'Softmax attention (baseline)',
  expand: { formula: 'appends k_t, v_t', dataDependent: true },
  oscillate: { formula: '1', dataDependent: false },
  shrink: { formula: 'softmax(q_t K^T / √d)', dataDependent: true },
  direction: 'either',
  multiAxis: true,
  state: 'n·(d + e)',
  cost: 'n²·(d + e)',
  source: 'A.3',
};

/** The baseline: softmax attention with rotary positions. It cannot be streamed, because its state grows with the sequence. */
export const softmaxAttentionLayer: MixerLayer = {
  declaration: softmaxAttentionDeclaration,
  channelMixer: 'glu',
  mix: (x, context) => {
    const { width, heads } = context;
    const tables = rotaryTables(context, Number(x.shape[1]), width / heads);
    const q = applyRotary(linear(x, context, 'query', width), heads, tables);
    const k = applyRotary(linear(x, context, 'key', width), heads, tables);
    const v = linear(x, context, 'value', width);
    const attended = context.direction === 'causal' ? causalAttention(q, k, v, context) : attendAll(q, k, v, context);
    return { output: linear(attended, context, 'out', width), carried: {} };
  },
};

function attendAll(q: Tensor, k: Tensor, v: Tensor, context: LayerContext): Tensor {
  if (context.mask === undefined) return multiHeadAttention(q, k, v, { heads: context.heads });
  const [batch = 1, length = 1] = context.mask.shape;
  const hidden = mul(sub(1, reshape(context.mask, [batch, 1, 1, length])), HIDDEN);
  // The operator broadcasts its bias over heads and batch, but not over queries.
  const attentionBias = expand(hidden, [batch, 1, length, length]);
  return multiHeadAttention(q, k, v, { heads: context.heads, attentionBias });
}

/** Attends in blocks of queries, each with the keys up to its end: half as many products as one masked square. */
function causalAttention(q: Tensor, k: Tensor, v: Tensor, { heads, shared }: LayerContext): Tensor {
  const [batch = 1, steps = 1, width = 1] = q.shape;
  const length = Number(steps);
  const split = (x: Tensor, order: readonly number[]): Tensor =>
    transpose(reshape(x, [batch, length, heads, Number(x.shape[2]) / heads]), order);
  const queries = mul(split(q, [0, 2, 1, 3]), (Number(width) / heads) ** -0.5);
  const keys = split(k, [0, 2, 3, 1]);
  const values = split(v, [0, 2, 1, 3]);
  const parts: Tensor[] = [];
  const rows = typeof batch === 'number' ? batch * heads : heads;
  const size = Math.max(1, Math.min(QUERIES_A_BLOCK, Math.floor(SCORES_A_BLOCK / (rows * length))));
  for (let start = 0; start < length; start += size) {
    const end = Math.min(start + size, length);
    const block = slice(queries, 2, start, end);
    const own = add(matmul(block, slice(keys, 3, start, end)), future(q, end - start, shared));
    const scores = start === 0 ? own : concat([matmul(block, slice(keys, 3, 0, start)), own], -1);
    parts.push(matmul(softmax(scores), slice(values, 2, 0, end)));
  }
  const [only] = parts;
  const output = parts.length === 1 && only !== undefined ? only : concat(parts, 2);
  return reshape(transpose(output, [0, 2, 1, 3]), v.shape);
}

/** The causal mask [steps, steps], which is added to the scores between the steps of one block. */
function future(like: Tensor, steps: number, shared: Map<string, Tensor>): Tensor {
  const key = `softmax/future/${steps}`;
  const mask =
    shared.get(key) ??
    like.graph.constant(
      like.dtype,
      [steps, steps],
      Float32Array.from({ length: steps * steps }, (_, cell) => (cell % steps > Math.floor(cell / steps) ? HIDDEN : 0)),
    );
  shared.set(key, mask);
  return mask;
}
