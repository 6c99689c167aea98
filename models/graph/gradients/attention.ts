import { divideDims } from '../dim.js';
import type { Tensor } from '../ir.js';
import { intAttribute } from '../operator.js';
import { EarsightError } from '../../../core/errors.js';
import * as o from '../operators/index.js';
import { registerDecomposition } from './decomposition.js';

/** Reshapes [B, T, H·d] to [B, H, T, d]. */
function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch = 1, length = 1, width = 1] = x.shape;
  return o.transpose(o.reshape(x, [batch, length, heads, divideDims(width, heads) ?? 1]), [0, 2, 1, 3]);
}

registerDecomposition(o.MULTI_HEAD_ATTENTION, ({ inputs, attributes, outputs }) => {
  const [query, key, value, bias, padding, attentionBias] = inputs;
  if (query === undefined || key === undefined || value === undefined) return [];
  if (bias !== undefined || padding !== undefined)
    throw new EarsightError('EARSIGHT_GRAPH_GRADIENT', {
      operator: 'com.microsoft.MultiHeadAttention',
      reason: 'the packed bias and the padding mask: add them outside',
    });
  const heads = intAttribute({ attributes }, 'num_heads', 1);
  const [q, k, v] = [splitHeads(query, heads), splitHeads(key, heads), splitHeads(value, heads)];
  const width = Number(q.shape[3]);
  const scale = Number(attributes['scale'] ?? 0) || 1 / Math.sqrt(width);
  const products = o.mul(o.matmul(q, o.transpose(k, [0, 1, 3, 2])), scale);
  const biased = attentionBias === undefined ? products : o.add(products, attentionBias);
  const scores = intAttribute({ attributes }, 'unidirectional', 0) === 1 ? causal(biased) : biased;
  const answer = o.transpose(o.matmul(o.softmax(scores), v), [0, 2, 1, 3]);
  return [o.reshape(answer, outputs[0]?.shape ?? [])];
});

/** Score of a masked key: low enough that exp underflows in float32, and within the range of float16. */
const MASKED = -1e4;

function causal(scores: Tensor): Tensor {
  const ones = o.expand(scores.graph.constant(scores.dtype, [], [1]), scores.shape.slice(-2));
  return o.where(o.equal(o.lowerTriangle(ones), 1), scores, MASKED);
}
