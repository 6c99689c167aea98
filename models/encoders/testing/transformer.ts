import {
  add,
  gelu,
  layerNormalization,
  matmul,
  multiHeadAttention,
  type Graph,
  type Tensor,
} from '../../graph/index.js';
import type { SeededWeights } from './seeded-weights.js';

export interface TransformerShape {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

/** Pre-norm transformer layers over [batch, length, width]; `attentionBias` hides padding. */
export function transformer(
  graph: Graph,
  weights: SeededWeights,
  x: Tensor,
  { width, layers, heads }: TransformerShape,
  options: { readonly causal?: boolean; readonly attentionBias?: Tensor } = {},
): Tensor {
  let stream = x;
  for (let layer = 0; layer < layers; layer++)
    stream = graph.scope(`layer${layer}`, () => {
      const calm = normalised(weights, 'norm1', stream, width);
      const [q, k, v] = ['q', 'k', 'v'].map((name) => matmul(calm, weights.weight(name, [width, width])));
      if (!q || !k || !v) return stream;
      const seen = multiHeadAttention(q, k, v, { heads, ...options });
      const attended = add(stream, matmul(seen, weights.weight('o', [width, width])));
      const inner = matmul(normalised(weights, 'norm2', attended, width), weights.weight('up', [width, 4 * width]));
      return add(attended, matmul(gelu(inner), weights.weight('down', [4 * width, width])));
    });
  return normalised(weights, 'norm', stream, width);
}

function normalised(weights: SeededWeights, name: string, x: Tensor, width: number): Tensor {
  return layerNormalization(
    x,
    weights.constant(`${name}.weight`, width, 1),
    weights.constant(`${name}.bias`, width, 0),
  );
}
