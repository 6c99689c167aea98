import {
  add,
  gelu,
  layerNormalization,
  matmul,
  mul,
  reshape,
  softmax,
  transpose,
  type Graph,
  type Tensor,
} from '../../graph/index.js';
import type { SeededWeights } from './seeded-weights.js';

export interface TransformerShape {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

/**
 * Pre-norm transformer layers over [batch, length, width], with the attention written out in single operators as in the
 * hub's exports. `attentionBias` [batch, 1, length, length] hides padding or later positions.
 */
export function transformer(
  graph: Graph,
  weights: SeededWeights,
  x: Tensor,
  { width, layers, heads }: TransformerShape,
  attentionBias?: Tensor,
): Tensor {
  const [batch = 1, length = 1] = x.shape;
  let stream = x;
  for (let layer = 0; layer < layers; layer++)
    stream = graph.scope(`layer${layer}`, () => {
      const normed = normalised(weights, 'norm1', stream, width);
      const project = (name: string): Tensor => {
        const packed = matmul(normed, weights.weight(name, [width, width]));
        return transpose(reshape(packed, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
      };
      const raw = mul(matmul(project('q'), transpose(project('k'), [0, 1, 3, 2])), 1 / Math.sqrt(width / heads));
      const mixed = matmul(softmax(attentionBias ? add(raw, attentionBias) : raw), project('v'));
      const seen = reshape(transpose(mixed, [0, 2, 1, 3]), [batch, length, width]);
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
