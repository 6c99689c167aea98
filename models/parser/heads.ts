import { add, mul, reduceSum, reshape, sigmoid, softmax, sub, type Tensor } from '../graph/index.js';
import { linear } from '../mixers/blocks/linear.js';
import type { LayerContext } from '../mixers/layer.js';

/** Number of modalities, index m of methods.md A.3: audio and visual. */
export const MODALITIES = 2;

/** Score of masked steps: its exponential is 0 in float32, and float16 can represent it. */
const HIDDEN = -1e4;

export interface SegmentScores {
  /** [B, T, 2, C] */
  readonly logits: Tensor;
  readonly probabilities: Tensor;
}

export interface VideoScores {
  /** [B, 2, C] */
  readonly modalities: Tensor;
  /** [B, C] */
  readonly video: Tensor;
}

/** Scores of every segment for each modality, from a stream [B, T, D]. */
export function segmentHead(steps: Tensor, context: LayerContext, classes: number): SegmentScores {
  const logits = perModality(steps, context, 'segments', classes);
  return { logits, probabilities: sigmoid(logits) };
}

/**
 * Attentive MMIL pooling (methods.md A.3.5). Temporal weights sum to one over the steps, modality weights over the two
 * modalities; their product does not sum to one, as published.
 */
export function videoHead(steps: Tensor, probabilities: Tensor, context: LayerContext, classes: number): VideoScores {
  const { mask } = context;
  const [batch = 1, length = 1] = steps.shape;
  const scores = perModality(steps, context, 'temporal', classes);
  const hidden = mask === undefined ? undefined : mul(sub(1, reshape(mask, [batch, length, 1, 1])), HIDDEN);
  const temporal = softmax(hidden === undefined ? scores : add(scores, hidden), 1);
  const modality = softmax(perModality(steps, context, 'modality', classes), 2);
  const weighted = mul(temporal, probabilities);
  return {
    modalities: reduceSum(weighted, { axes: [1] }),
    video: reduceSum(mul(weighted, modality), { axes: [1, 2] }),
  };
}

function perModality(steps: Tensor, context: LayerContext, name: string, classes: number): Tensor {
  const [batch = 1, length = 1] = steps.shape;
  const all = context.graph.scope('heads', () => linear(steps, context, name, MODALITIES * classes, { bias: true }));
  return reshape(all, [batch, length, MODALITIES, classes]);
}
